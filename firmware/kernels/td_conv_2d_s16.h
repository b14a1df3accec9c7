/* 2-D convolution, int16 with int8 filters, per-channel requantization, grouped and dilated.
 *
 * input  NHWC, int16, zero point 0  [batches, input_height, input_width, input_channels]
 * filter OHWI, int8, zero point 0
 *        [output_channels, filter_height, filter_width, filter_channels]
 * bias   int64                      [output_channels]
 * output NHWC, int16, zero point 0  [batches, output_height, output_width, output_channels]
 *
 * filter_channels = input_channels / groups. Taps outside the image add nothing. */
#ifndef TD_CONV_2D_S16_H
#define TD_CONV_2D_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int16_t batches;
  int16_t input_height;
  int16_t input_width;
  int16_t input_channels;
  int16_t output_height;
  int16_t output_width;
  int16_t output_channels;
  int16_t filter_height;
  int16_t filter_width;
  int16_t filter_channels;
  int16_t stride_height;
  int16_t stride_width;
  int16_t dilation_height;
  int16_t dilation_width;
  int16_t pad_top;
  int16_t pad_left;
  int16_t activation_min;
  int16_t activation_max;
  int16_t narrow;            /* td_requantize_sum's, as what follows */
  const int32_t *multiplier; /* [output_channels] */
  const int8_t *shift;       /* [output_channels] */
} td_conv_2d_s16_params;

void td_conv_2d_s16(const td_conv_2d_s16_params *p, const int16_t *input, const int8_t *filter,
                    const int64_t *bias, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
