/* Depthwise 3x3 convolution, int8, from packed channels: what its kernels have in common.
 *
 * input  NHWC, int8   [input_height, input_width, channels]
 * filter one record a channel, see td_depthwise_record.h
 * output NHWC, int8   [output_height, output_width, channels]; may be the input's memory where
 *                     packing/depthwise.py says so
 * scratch             td_planar's planes, 8-byte aligned, with R = strip_rows rounded up to even:
 *                     stride 1: 16 * (output_width / 2 rounded up + 1) * (R + 2) bytes
 *                     stride 2: 16 * (output_width + 1) * (2 * R + 1) bytes
 *
 * td_depthwise_3x3_s8 and td_depthwise_3x3s2_s8 need an activation that is ReLU down to -128, the
 * linear kernels one that leaves the whole range of int8, both four channels at least. The spread
 * kernels are td_depthwise_3x3_s8 with any depth multiplier, dilation (with stride 1) and number of
 * channels; the any kernels take every activation as well. With dilation, output_width and
 * strip_rows in the sizes of the scratch memory are those of the image that every dilation-th
 * column and row makes, rounded up. Preconditions on weights and multipliers are proven by
 * tinydeploy/packing/depthwise.py. */
#ifndef TD_DEPTHWISE_3X3_H
#define TD_DEPTHWISE_3X3_H

#include <stdint.h>

typedef struct {
  int16_t input_height;
  int16_t input_width;
  int16_t channels;
  int16_t output_height;
  int16_t output_width;
  int16_t pad_top;
  int16_t pad_left;
  int16_t strip_rows; /* output rows made from one filling of the scratch memory: even or all */
  int8_t input_zero;
  int8_t output_zero;
  uint8_t weight_shift; /* least left shift of a channel's weights: [2, 8] */
  uint8_t ratio_low;    /* see td_depthwise_record.h */
  int32_t ratio;
} td_depthwise_3x3_params;

typedef struct {
  int16_t input_height;
  int16_t input_width;
  int16_t channels; /* of the input */
  int16_t output_height;
  int16_t output_width;
  int16_t pad_top;
  int16_t pad_left;
  int16_t strip_rows;
  int8_t input_zero;
  int8_t output_zero;
  uint8_t weight_shift;
  uint8_t ratio_low;
  int32_t ratio;
  /* so far as above */
  int32_t input_row; /* bytes */
  int32_t output_row;
  int16_t depth_multiplier;
  int16_t dilation_height; /* at most the input's height */
  int16_t dilation_width;
  int8_t activation_min; /* of the any kernels */
  int8_t activation_max;
} td_depthwise_3x3_spread_params;

#endif
