/* Depthwise convolution with windows of 3x3, int8, for CPUs with M-profile vector instructions, by
 * 16 channels at a time: for small images and strides, and many channels. Any stride and padding,
 * depth multiplier 1.
 *
 * input    NHWC int8 [input_height][input_width][channels]
 * filter   4-aligned, for each 16 channels (filled up with zeros): nine times 16 weights above
 * -128; 16 int32 biases, the models' less the input's zero point times the sum of the channel's
 *          weights; 16 int32 multipliers; 16 int8 shifts, in [-31, 0], less than 0 when `linear`.
 * What is not weights is in the order 0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15 output
 * NHWC int8 [output_height][output_width][channels] scratch  3 * 16 * ((output_width - 1) *
 * stride_width + 3) bytes
 *
 * Of 16 channels, a row of outputs is written when the rows of its windows have been read; none is
 * read again. */
#ifndef TD_DEPTHWISE_CHANNELS_MVE_S8_H
#define TD_DEPTHWISE_CHANNELS_MVE_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int16_t input_height;
  int16_t input_width;
  int16_t channels;
  int16_t output_height;
  int16_t output_width;
  int16_t stride_height;
  int16_t stride_width;
  int16_t pad_top;
  int16_t pad_left;
  int16_t input_zero_point;
  int16_t output_zero_point;
  int16_t linear; /* as in td_mve_block_s8.h */
  int16_t activation_min;
  int16_t activation_max;
} td_depthwise_channels_mve_s8_params;

void td_depthwise_channels_mve_s8(const td_depthwise_channels_mve_s8_params *p, const int8_t *input,
                                  const int8_t *filter, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
