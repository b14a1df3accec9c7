/* Four windows times quads of output channels, requantized: what the convolutions with M-profile
 * vector instructions are made of.
 *
 * windows  int8, each `16 * (steps_left + 1)` bytes
 * weights  4-aligned, for each quad of channels a, b, c, d, whose weights are plain int8 in the
 *          order of a window and padded with zeros to its size:
 *            - 16 of a and 16 of c, for each step; then so of b and d
 *            - int32 biases of a, c, b, d: the model's, minus the input's zero point times the sum
 *              of the channel's weights
 *            - int32 multipliers of a, c, b, d
 *            - int8 shifts of a, c, b, d, in [-31, 0]; less than 0 when `linear`
 * outputs  where the four windows' outputs go, quad by quad
 *
 * A sum is multiplied and shifted as td_requantize does. When not `linear` a tie below zero goes up
 * instead of down: for outputs that are clamped to the zero point and above. Sums wrap. */
#ifndef TD_MVE_BLOCK_S8_H
#define TD_MVE_BLOCK_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  const int8_t *weights;
  const int8_t *windows[4];
  int32_t steps_left; /* 16 inputs each, besides the first */
  int8_t *outputs[4];
  const int8_t *weights_end;
  int32_t output_zero_point;
  int32_t linear;
} td_mve_block;

void td_mve_block_s8(const td_mve_block *block);

#ifdef __cplusplus
}
#endif
#endif
