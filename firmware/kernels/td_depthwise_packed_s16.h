/* Depthwise 2-D convolution, int16 with int8 filters widened to int16, of sums that fit 32 bits and
 * an even number of channels; any window, dilation and padding, strides sideways of 1 and 2, depth
 * multiplier 1.
 *
 * input  NHWC, int16, zero point 0  [input_height][input_width][channels]
 * filter int16, 4-aligned           [channels / 2][filter_height][filter_width][2]
 * bias   int32                      [channels]
 * output NHWC, int16, zero point 0  [output_height][output_width][channels]
 * scratch 4-aligned                 4 * filter_height * columns bytes
 *
 * Rows go in ascending order; a row's windows are needed until it is written. */
#ifndef TD_DEPTHWISE_PACKED_S16_H
#define TD_DEPTHWISE_PACKED_S16_H

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
  int16_t filter_height;
  int16_t filter_width;
  int16_t stride_height;
  int16_t stride_width;
  int16_t dilation_height;
  int16_t dilation_width;
  int16_t pad_top;
  int16_t pad_left;
  int16_t columns; /* of a row with its padding, as wide as outputs in multiples of four reach */
  int16_t mode;    /* TD_PAIRS_ALL, TD_PAIRS_RELU or TD_PAIRS_ANY */
  int16_t activation_min;
  int16_t activation_max;
  const int32_t *multiplier; /* td_scaled_s16's, [channels] */
  const int8_t *shift;       /* the same, NULL when all are 0 */
} td_depthwise_packed_s16_params;

void td_depthwise_packed_s16(const td_depthwise_packed_s16_params *p, const int16_t *input,
                             const int16_t *filter, const int32_t *bias, int16_t *output,
                             void *scratch);

#ifdef __cplusplus
}
#endif
#endif
