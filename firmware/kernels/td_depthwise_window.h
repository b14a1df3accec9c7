/* Depthwise convolution, int8, from packed channels: windows and strides for which there is no
 * kernel of their own.
 *
 * input  NHWC, int8; `input_right` and `input_down` bytes lead from a pixel to its neighbours, so
 *        that an image may also be walked with rows and columns exchanged
 * filter one record a channel: the taps, column by column where filter_height is 2 to
 *        TD_WINDOW_ROWS, else row by row, then as in td_depthwise_record.h
 * output NHWC, int8; may be the input's memory where packing/depthwise.py says so
 * scratch 8-byte aligned: td_planar's planes, 16 * pairs * rows bytes, then the weights of one
 *        channel, 8 * filter_height * words bytes, with words = (filter_width - 1 + stride_width) /
 *        2 + 1, pairs = (output_width - 1) / 2 * stride_width + words, rows = (strip_rows - 1) *
 *        stride_height + filter_height; with dilation, output_width and strip_rows in these are
 *        those of the image that every dilation-th column and row makes, rounded up
 *
 * filter_height is 1 to TD_WINDOW_ROWS or words at most TD_WINDOW_WORDS; where the former is 1 and
 * words are more than TD_WINDOW_WORDS, they are rounded up to the next multiple of words /
 * TD_WINDOW_WORDS, rounded up. td_depthwise_window_s8
 * needs an activation that is ReLU down to -128, td_depthwise_window_any_s8 takes any.
 *
 * td_depthwise_1x3_s8, td_depthwise_2x2_s8 and their any kernels have all weights in registers: of
 * stride 1; 1x3 makes at least three columns of outputs in each image.
 * Preconditions on weights and multipliers are proven by tinydeploy/packing/depthwise.py. */
#ifndef TD_DEPTHWISE_WINDOW_H
#define TD_DEPTHWISE_WINDOW_H

#include <stdint.h>

#define TD_WINDOW_ROWS 7
#define TD_WINDOW_WORDS 8

typedef struct {
  int16_t input_height;
  int16_t input_width;
  int16_t channels; /* of the input */
  int16_t depth_multiplier;
  int16_t output_height;
  int16_t output_width;
  int32_t input_right;
  int32_t input_down;
  int32_t output_right;
  int32_t output_down;
  int16_t pad_top;
  int16_t pad_left;
  int16_t strip_rows; /* output rows made from one filling of the scratch memory: even or all */
  int16_t dilation_height;
  int16_t dilation_width;
  uint8_t filter_height;
  uint8_t filter_width;
  uint8_t stride_height;
  uint8_t stride_width;
  int8_t input_zero;
  int8_t output_zero;
  int8_t activation_min;
  int8_t activation_max;
  uint8_t weight_shift; /* least left shift of a channel's weights: [2, 8] */
  uint8_t ratio_low;    /* see td_depthwise_record.h */
  int32_t ratio;
} td_depthwise_window_params;

#endif
