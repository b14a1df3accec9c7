#include "td_dequantize_u8_f32.h"

void td_dequantize_u8_f32(const td_dequantize_u8_f32_params *p, const uint8_t *input,
                          float *output) {
  for (int32_t i = 0; i < p->size; i++) {
    output[i] = p->scale * (float)(input[i] + p->input_offset);
  }
}
