/* 2-D convolution, int8, from packed weights, to one output channel; any window, stride,
 * dilation and padding, no groups.
 *
 * input       NHWC int8 [batches][input_height][input_width][input_channels]
 * filter      [runs][words] words of td_packed.h, 4-aligned. A run is filter_width
 * * input_channels weights, or input_channels when the window is dilated sideways; its last word is
 * filled with zeros. bias        int32 [output_channels], scaled by 256 (or as td_packed_parts
 * says), the constants of td_packed.h folded in output      NHWC int8
 * [batches][output_height][output_width] scratch     4-aligned. With ring_rows:
 * ring_rows * row_bytes, `slack` and 4 more bytes. Without, for windows of one row and no padding:
 * `slack` bytes.
 *
 * Pixels go in ascending order, four at a time in one row; the last four of a row may begin before
 * the end of those before. With ring_rows input rows are copied to the ring, with their padding,
 * just before the first pixel whose window reaches them; without, they are read where they lie. */
#ifndef TD_CONV_2D_ONE_PACKED_S8_H
#define TD_CONV_2D_ONE_PACKED_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int16_t batches;
  int16_t input_height;
  int32_t input_width;
  int16_t input_channels;
  int16_t output_height;
  int32_t output_width;
  int16_t filter_height;
  int16_t filter_width;
  int16_t stride_height;
  int16_t stride_width;
  int16_t dilation_height;
  int16_t dilation_width;
  int16_t pad_top;
  int16_t pad_left;
  int16_t words;            /* of four inputs in a run */
  int16_t ring_rows;        /* as many as a pixel's window reaches, or 0 */
  int32_t row_bytes;        /* of a padded row, a multiple of four, or the input's */
  int32_t slack;            /* bytes that the last pixels may read behind a row's end */
  int16_t input_zero_point; /* of padding: [-128, 127] */
  int32_t round;            /* the rest: td_packed_requant */
  int16_t half;
  int16_t activation_min;
  int16_t activation_max;
  int16_t part_groups; /* td_packed_parts, within a run */
  int16_t part_shift;
  const int32_t *multiplier; /* [1] */
  const int8_t *shift;       /* [1], or NULL in the modes that need none */
} td_conv_2d_one_packed_s8_params;

void td_conv_2d_one_packed_s8(const td_conv_2d_one_packed_s8_params *p, const int8_t *input,
                              const int8_t *filter, const int32_t *bias, int8_t *output,
                              void *scratch);

#ifdef __cplusplus
}
#endif
#endif
