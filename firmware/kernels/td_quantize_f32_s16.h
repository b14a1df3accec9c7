/* float32 to int16: value / scale rounded, ties away from zero, plus the zero point, saturated.
 *
 * input float32, output int16, `size` elements. A value that is no number gives the lowest. */
#ifndef TD_QUANTIZE_F32_S16_H
#define TD_QUANTIZE_F32_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  float scale;
  int16_t output_offset; /* the output's zero point: [-32768, 32767] */
} td_quantize_f32_s16_params;

void td_quantize_f32_s16(const td_quantize_f32_s16_params *p, const float *input, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
