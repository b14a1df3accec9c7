/* Transposed 2-D convolution, int16 with int8 filters, per-channel requantization: the sums are
 * gathered for each output pixel, so that no scratch is needed.
 *
 * input  NHWC, int16, zero point 0  [batches, input_height, input_width, input_channels]
 * filter OHWI, int8, zero point 0   [output_channels, filter_height, filter_width, input_channels]
 * bias   int64                      [output_channels]
 * output NHWC, int16, zero point 0  [batches, output_height, output_width, output_channels]
 *
 * Input pixel y adds to output rows y * stride_height - pad_top + [0, filter_height). */
#ifndef TD_TRANSPOSE_CONV_S16_H
#define TD_TRANSPOSE_CONV_S16_H

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
  int16_t pad_top;
  int16_t pad_left;
  int16_t activation_min;
  int16_t activation_max;
  const int32_t *multiplier; /* td_requantize_wide's [output_channels] */
  const int8_t *shift;       /* [output_channels] */
} td_transpose_conv_s16_params;

void td_transpose_conv_s16(const td_transpose_conv_s16_params *p, const int16_t *input,
                           const int8_t *filter, const int64_t *bias, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
