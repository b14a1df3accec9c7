/* uint8 to float32: (value - zero point) * scale, rounded once.
 *
 * input uint8, output float32, `size` elements. */
#ifndef TD_DEQUANTIZE_U8_F32_H
#define TD_DEQUANTIZE_U8_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  float scale;
  int16_t input_offset; /* minus the input's zero point: [-255, 0] */
} td_dequantize_u8_f32_params;

void td_dequantize_u8_f32(const td_dequantize_u8_f32_params *p, const uint8_t *input,
                          float *output);

#ifdef __cplusplus
}
#endif
#endif
