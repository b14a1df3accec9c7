/* 2-D convolution, int8 with 4-bit filters, from packed weights, of sums that fit 28 bits;
 * any window, stride, dilation and padding, no groups.
 *
 * input   NHWC, int8  [input_height][input_width][input_channels]
 * filter  OHWI, 4 bits, zero point 0, packed as td_pixel_pairs_s4.h says; an odd number of channels
 *         is filled up with one more
 * bias    int32, with the input's zero point folded in, times 16
 *         [output_channels, rounded up to two]
 * output  NHWC, int8  [output_height][output_width][output_channels]
 * scratch 8-aligned: 9 bytes for each tap and input channel, their number rounded up to eight
 *
 * Pixels go in ascending blocks of four, across rows. A block's windows are read whole before its
 * output is written. */
#ifndef TD_CONV_2D_PACKED_S4_H
#define TD_CONV_2D_PACKED_S4_H

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
  int16_t input_zero_point; /* [-128, 127] */
  int16_t output_offset;    /* the output's zero point: [-128, 127] */
  int16_t activation_min;
  int16_t activation_max;
  int16_t mode;              /* td_pairs_mode_s4 */
  const int32_t *multiplier; /* [output_channels, rounded up to two] */
  const int8_t *shift;       /* the same: to the right, and 3 more */
} td_conv_2d_packed_s4_params;

void td_conv_2d_packed_s4(const td_conv_2d_packed_s4_params *p, const int8_t *input,
                          const int8_t *filter, const int32_t *bias, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
