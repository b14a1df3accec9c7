/* Bilinear interpolation, float32.
 *
 * input, output: NHWC, float32. Output row y is the input's (y + offset) * scale - offset. */
#ifndef TD_RESIZE_BILINEAR_F32_H
#define TD_RESIZE_BILINEAR_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t batches;
  int32_t input_height;
  int32_t input_width;
  int32_t channels;
  int32_t output_height;
  int32_t output_width;
  float height_scale;
  float width_scale;
  float offset; /* 0.5 for the pixels' centers, else 0 */
} td_resize_bilinear_f32_params;

void td_resize_bilinear_f32(const td_resize_bilinear_f32_params *p, const float *input,
                            float *output);

#ifdef __cplusplus
}
#endif
#endif
