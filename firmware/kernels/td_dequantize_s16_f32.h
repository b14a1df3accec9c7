/* int16 to float32: (value - zero point) * scale, rounded once.
 *
 * input int16, output float32, `size` elements. */
#ifndef TD_DEQUANTIZE_S16_F32_H
#define TD_DEQUANTIZE_S16_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  float scale;
  int32_t input_offset; /* minus the input's zero point: [-32767, 32768] */
} td_dequantize_s16_f32_params;

void td_dequantize_s16_f32(const td_dequantize_s16_f32_params *p, const int16_t *input,
                           float *output);

#ifdef __cplusplus
}
#endif
#endif
