/* Depthwise 3x3 convolution, stride 2, int8, ReLU: from packed channels.
 *
 * input  NHWC, int8   [input_height, input_width, channels]
 * filter one record a channel, see td_depthwise_record.h
 * output NHWC, int8   [output_height, output_width, channels]; may be the input's memory when
 *                     the strips allow it: see packing_depthwise.py
 * scratch             td_planar's planes, 8-byte aligned:
 *                     16 * (output_width + 1) * (2 * strip_rows rounded up to even + 1) bytes
 *
 * The activation is ReLU: activation_min equals the output's zero point and is -128. Preconditions
 * on weights and multipliers are proven by tinydeploy/packing_depthwise.py. */
#ifndef TD_DEPTHWISE_3X3S2_S8_H
#define TD_DEPTHWISE_3X3S2_S8_H

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
  int16_t pad_top;
  int16_t pad_left;
  int16_t strip_rows;   /* output rows made from one filling of the scratch memory: even or all */
  int16_t input_zero;   /* the input's zero point: [-128, 127] */
  uint8_t weight_shift; /* least left shift of a channel's weights: [2, 8] */
  uint8_t wide;         /* whether the records are wide */
  int32_t rounding;     /* 2^(TD_DW_SHIFT - 1) + (zero_point << TD_DW_SHIFT) of the output */
} td_depthwise_3x3s2_s8_params;

void td_depthwise_3x3s2_s8(const td_depthwise_3x3s2_s8_params *p, const int8_t *input,
                           const uint8_t *filter, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
