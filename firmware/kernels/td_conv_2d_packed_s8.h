/* 2-D convolution, int8, from packed weights, for input channels in multiples of four; any window,
 * stride, dilation and padding, no groups.
 *
 * input       NHWC int8 [batches][input_height][input_width][input_channels]
 * filter      OHWI, packed as td_packed_block_s8.h says, 4-aligned
 * bias        as td_packed_block_s8.h says, or with `plain_bias` as td_packed_fold_s8.h does
 * output      NHWC int8 [batches][output_height][output_width][output_channels]
 * scratch     4-aligned: with `plain_bias` 4 bytes for each bias (8 without
 *             multipliers), then
 *             8 * filter_height * filter_width * input_channels
 *
 * Pixels go in ascending blocks of four, across rows. A block's windows are read whole before its
 * output is written. */
#ifndef TD_CONV_2D_PACKED_S8_H
#define TD_CONV_2D_PACKED_S8_H

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
  int16_t input_zero_point; /* [-128, 127] */
  int16_t plain_bias;
  int16_t mode;  /* td_packed_mode */
  int32_t round; /* the rest: td_packed_requant */
  int16_t half;
  int16_t activation_min;
  int16_t activation_max;
  int16_t part_groups; /* td_packed_parts */
  int16_t part_shift;
  const int32_t *multiplier; /* as td_packed_block_s8.h says */
  const int8_t *shift;
} td_conv_2d_packed_s8_params;

void td_conv_2d_packed_s8(const td_conv_2d_packed_s8_params *p, const int8_t *input,
                          const int8_t *filter, const void *bias, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
