/* 1x1 convolution, stride 1, int8, from packed weights.
 *
 * input       int8 [pixels][input_channels]
 * filter      packed as td_packed_block_s8.h says, 4-aligned
 * bias        as td_packed_block_s8.h says, or with `plain_bias` as td_packed_fold_s8.h does
 * output      int8 [pixels][output_channels]
 * scratch     4-aligned: with `plain_bias` 4 bytes for each bias (8 without
 *             multipliers), then 8 bytes for each
 *             input channel, rounded up to four
 *
 * Pixels go in ascending blocks of four. A block is read whole before its output is written. */
#ifndef TD_CONV_1X1_PACKED_S8_H
#define TD_CONV_1X1_PACKED_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t pixels;
  int16_t input_channels;
  int16_t output_channels;
  int16_t input_zero_point; /* of a plain bias: [-128, 127] */
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
} td_conv_1x1_packed_s8_params;

void td_conv_1x1_packed_s8(const td_conv_1x1_packed_s8_params *p, const int8_t *input,
                           const int8_t *filter, const void *bias, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
