/* 2-D convolution, int16, from packed int8 weights, of sums that fit 32 bits; any window, stride,
 * dilation and padding, no groups.
 *
 * input   NHWC, int16, zero point 0  [input_height][input_width][input_channels]
 * filter  OHWI, int8, packed as td_pixel_pairs_s16.h says, 4-aligned; an odd number of channels is
 *         filled up with one of zeros
 * bias    int32                      [output_channels, rounded up to two]
 * output  NHWC, int16, zero point 0  [output_height][output_width][output_channels]
 * scratch 8-aligned: 8 bytes for each tap and input channel, their number rounded up to four
 *
 * Pixels go in ascending blocks of four, across rows. A block's windows are read whole before its
 * output is written. */
#ifndef TD_CONV_2D_PACKED_S16_H
#define TD_CONV_2D_PACKED_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int16_t input_height;
  int16_t input_width;
  int16_t input_channels;
  int16_t output_height;
  int16_t output_width;
  int16_t output_channels;
  int16_t filter_height;
  int16_t filter_width;
  int16_t stride_height;
  int16_t stride_width;
  int16_t dilation_height;
  int16_t dilation_width;
  int16_t pad_top;
  int16_t pad_left;
  int16_t mode; /* td_pairs_mode */
  int16_t activation_min;
  int16_t activation_max;
  const int32_t *multiplier; /* td_scaled_s16's, [output_channels, rounded up to two] */
  const int8_t *shift;       /* the same, NULL when all are 0; only with TD_PAIRS_ANY */
} td_conv_2d_packed_s16_params;

void td_conv_2d_packed_s16(const td_conv_2d_packed_s16_params *p, const int16_t *input,
                           const int8_t *filter, const int32_t *bias, int16_t *output,
                           void *scratch);

#ifdef __cplusplus
}
#endif
#endif
