/* Depthwise convolution, int8, for CPUs with M-profile vector instructions; any window, stride,
 * dilation, padding and depth multiplier.
 *
 * A channel at a time is copied, with its padding, to a plane in scratch memory, where four
 * neighbouring outputs come from four neighbouring bytes for each tap. For a horizontal stride of s
 * a row of the plane is s rows of every s-th column. `right` and `down` may be exchanged by the
 * caller: they are only steps.
 *
 * input    int8 [input_height, input_width, channels], with these steps between pixels
 * filter   for each output channel filter_height * filter_width weights, column by column, its bias
 *          less the input's zero point times their sum (4 bytes), multiplier (4) and shift (1, in
 * [-31, 0], less than 0 when `linear`) output   int8 [output_height, output_width, channels *
 * depth_multiplier], with these steps scratch  ((strip_rows - 1) * stride_height + reach) *
 * stride_width * column_bytes, where reach is the rows that a window spans
 *
 * Of a channel, a strip of `strip_rows` output rows is written when its input rows have been read;
 * none is read again. */
#ifndef TD_DEPTHWISE_MVE_S8_H
#define TD_DEPTHWISE_MVE_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int16_t input_height;
  int16_t input_width;
  int16_t channels; /* of the input */
  int16_t depth_multiplier;
  int16_t output_height;
  int16_t output_width;
  int32_t input_right; /* bytes from a pixel to the next */
  int32_t input_down;
  int32_t output_right;
  int32_t output_down; /* 3 * output_right + output_down < 2^16 */
  int16_t filter_height;
  int16_t filter_width;
  int16_t stride_height;
  int16_t stride_width;
  int16_t dilation_height;
  int16_t dilation_width;
  int16_t pad_top;
  int16_t pad_left;
  int16_t strip_rows;
  int16_t column_bytes; /* of every stride_width-th column of a row in the plane */
  int16_t input_zero_point;
  int16_t output_zero_point;
  int16_t linear; /* as in td_mve_block_s8.h */
  int16_t activation_min;
  int16_t activation_max;
} td_depthwise_mve_s8_params;

void td_depthwise_mve_s8(const td_depthwise_mve_s8_params *p, const int8_t *input,
                         const int8_t *filter, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
