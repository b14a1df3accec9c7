/* 3x3 convolution, stride 1, int8, by Winograd's F(2x2, 3x3) in exact integer arithmetic.
 *
 * input  NHWC, int8   [input_height, input_width, input_channels], channels a multiple of 8
 * filter for each pair of output channels: transformed weights [16][input_channels / 2][2] pairs of
 *        halfwords, then of each channel bias, multiplier, rounding and correction, int32
 * output NHWC, int8   [output_height, output_width, output_channels], channels a multiple of 2
 * scratch             8-byte aligned: 144 * input_channels + 512 bytes
 *
 * A tile is 2x2 outputs; tiles are made in order of rows, four at a time, after their inputs have
 * been read. With 2G for G the accumulators come out scaled by 4, and the packer scales each
 * channel further to a common right shift of 12 (tinydeploy/packing/winograd.py,
 * docs/engine.md). Sums may wrap on the way; the packer has proven that no result does.
 */
#ifndef TD_WINOGRAD_S8_H
#define TD_WINOGRAD_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int16_t input_height;
  int16_t input_width;
  int16_t input_channels;
  int16_t output_height;
  int16_t output_width;
  int16_t output_channels;
  int16_t pad_top; /* 0 or 1, as pad_left */
  int16_t pad_left;
  int16_t input_zero; /* the input's zero point: [-128, 127] */
  int16_t linear;     /* whether negative accumulators are seen: no ReLU down to -128 */
} td_winograd_s8_params;

void td_winograd_s8(const td_winograd_s8_params *p, const int8_t *input, const int32_t *filter,
                    int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
