/* An int8 image at another size, each pixel interpolated between four; fractions have ten bits.
 *
 * input  NHWC int8 [batches, input_height, input_width, channels]
 * output NHWC int8 [batches, output_height, output_width, channels]
 *
 * The output pixel y lies at y * height_scale + offset of the input, in 1/1024 of a pixel. */
#ifndef TD_RESIZE_BILINEAR_S8_H
#define TD_RESIZE_BILINEAR_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int16_t batches;
  int16_t input_height;
  int16_t input_width;
  int16_t channels;
  int16_t output_height;
  int16_t output_width;
  int32_t height_scale;
  int32_t width_scale;
  int32_t height_offset;
  int32_t width_offset;
} td_resize_bilinear_s8_params;

void td_resize_bilinear_s8(const td_resize_bilinear_s8_params *p, const int8_t *input,
                           int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
