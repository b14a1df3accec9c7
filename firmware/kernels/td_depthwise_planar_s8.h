/* Depthwise convolution, int8: any window, stride, dilation, padding, depth multiplier and
 * activation.
 *
 * input  NHWC, int8    [input_height, input_width, input_channels]
 * filter int8          [output channels][filter_height][filter_width]
 * bias   int32         [output channels], output channels = input_channels * depth_multiplier
 * output NHWC, int8    [output_height, output_width, output channels]
 * scratch              8-byte aligned: td_planar's planes, 16 * pairs * rows bytes, then the
 * weights of one channel, 8 * filter_height * words bytes, with words = ((filter_width - 1) *
 * dilation_width + stride_width) / 2 + 1, pairs = (output_width - 1) / 2 * stride_width + words,
 *                      rows = (strip_rows - 1) * stride_height
 *                             + (filter_height - 1) * dilation_height + 1
 *
 * The packer has proven that no accumulator, scaled by 2^(1 + left shift), leaves 32 bits
 * (tinydeploy/packing_depthwise.py). */
#ifndef TD_DEPTHWISE_PLANAR_S8_H
#define TD_DEPTHWISE_PLANAR_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int16_t input_height;
  int16_t input_width;
  int16_t input_channels;
  int16_t depth_multiplier;
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
  int16_t strip_rows;    /* output rows made from one filling of the planes: even or all */
  int16_t input_zero;    /* the input's zero point: [-128, 127] */
  int16_t output_offset; /* the output's zero point: [-128, 127] */
  int16_t activation_min;
  int16_t activation_max;
  const int32_t *multiplier; /* [output channels] */
  const int8_t *shift;       /* [output channels]: [-22, 7] */
} td_depthwise_planar_s8_params;

void td_depthwise_planar_s8(const td_depthwise_planar_s8_params *p, const int8_t *input,
                            const int8_t *filter, const int32_t *bias, int8_t *output,
                            void *scratch);

#ifdef __cplusplus
}
#endif
#endif
