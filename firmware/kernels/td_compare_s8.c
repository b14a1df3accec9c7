#include "td_compare_s8.h"

#include "td_fixedpoint.h"

/* Headroom that inputs are given before they are scaled. */
#define INPUT_BITS 8

static void compare_row(const td_compare_s8_params *p, const int8_t *input1, const int8_t *input2,
                        uint8_t *output) {
  for (int32_t i = 0; i < p->shape[3]; i++) {
    const int32_t first =
        td_requantize((*input1 + p->offset1) * (1 << INPUT_BITS), p->multiplier1, p->shift1);
    const int32_t second =
        td_requantize((*input2 + p->offset2) * (1 << INPUT_BITS), p->multiplier2, p->shift2);
    output[i] = first < second ? p->if_less : (first > second ? p->if_greater : p->if_equal);
    input1 += p->stride1[3];
    input2 += p->stride2[3];
  }
}

void td_compare_s8(const td_compare_s8_params *p, const int8_t *input1, const int8_t *input2,
                   uint8_t *output) {
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        compare_row(p, input1 + a * p->stride1[0] + b * p->stride1[1] + c * p->stride1[2],
                    input2 + a * p->stride2[0] + b * p->stride2[1] + c * p->stride2[2], output);
        output += p->shape[3];
      }
    }
  }
}
