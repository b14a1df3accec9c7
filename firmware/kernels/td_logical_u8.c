#include "td_logical_u8.h"

static int32_t place(const int32_t *stride, int32_t a, int32_t b, int32_t c) {
  return a * stride[0] + b * stride[1] + c * stride[2];
}

static void logical_row(const td_logical_u8_params *p, const uint8_t *input1, const uint8_t *input2,
                        uint8_t *output) {
  for (int32_t i = 0; i < p->shape[3]; i++) {
    output[i] = p->either ? *input1 | *input2 : *input1 & *input2;
    input1 += p->stride1[3];
    input2 += p->stride2[3];
  }
}

void td_logical_u8(const td_logical_u8_params *p, const uint8_t *input1, const uint8_t *input2,
                   uint8_t *output) {
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        logical_row(p, input1 + place(p->stride1, a, b, c), input2 + place(p->stride2, a, b, c),
                    output);
        output += p->shape[3];
      }
    }
  }
}
