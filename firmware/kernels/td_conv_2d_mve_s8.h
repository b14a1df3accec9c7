/* 2-D convolution, int8, for CPUs with M-profile vector instructions; any window, stride, dilation
 * and padding, no groups.
 *
 * input    NHWC int8 [batches][input_height][input_width][input_channels]
 * filter   as td_mve_block_s8.h says, 4-aligned; where channels are no multiple of four, the last
 *          quad is the last four, or what there are, filled up with zeros
 * output   NHWC int8 [batches][output_height][output_width][output_channels]
 * scratch  4 * 16 * steps bytes
 *
 * Pixels go in ascending blocks of four, across rows and images. A block's windows are read whole
 * before its output is written. */
#ifndef TD_CONV_2D_MVE_S8_H
#define TD_CONV_2D_MVE_S8_H

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
  int16_t stride_height;
  int16_t stride_width;
  int16_t dilation_height;
  int16_t dilation_width;
  int16_t pad_top;
  int16_t pad_left;
  int16_t steps;            /* of 16 inputs, in a window */
  int16_t side_by_side;     /* windows are the pixels of one row, and 16 * steps bytes each */
  int16_t input_zero_point; /* [-128, 127] */
  int16_t output_zero_point;
  int16_t linear; /* as td_mve_block_s8.h says */
  int16_t activation_min;
  int16_t activation_max;
} td_conv_2d_mve_s8_params;

void td_conv_2d_mve_s8(const td_conv_2d_mve_s8_params *p, const int8_t *input, const int8_t *filter,
                       int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
