/* 2-D convolution, float32, grouped and dilated; a dense layer is one of 1x1;
 * int8 weights, expanded as they are used and scaled once per channel.
 *
 * input  NHWC, float32
 * filter int8, in fours of channels as td_conv_2d_float_body.h says
 * bias   float32, one for each output channel
 * output NHWC, float32
 *
 * Taps outside the image add nothing. */
#ifndef TD_CONV_2D_S8_F32_H
#define TD_CONV_2D_S8_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t batches;
  int32_t input_height;
  int32_t input_width;
  int32_t input_channels;
  int32_t output_height;
  int32_t output_width;
  int32_t output_channels;
  int32_t filter_height;
  int32_t filter_width;
  int32_t filter_channels;
  int32_t stride_height;
  int32_t stride_width;
  int32_t dilation_height;
  int32_t dilation_width;
  int32_t pad_top;
  int32_t pad_left;
  float activation_min;
  float activation_max;
  const float *scale; /* [output channels] */
} td_conv_2d_s8_f32_params;

void td_conv_2d_s8_f32(const td_conv_2d_s8_f32_params *p, const float *input, const int8_t *filter,
                       const float *bias, float *output);

#ifdef __cplusplus
}
#endif
#endif
