/* From the model's biases to those of td_packed_block_s8.h: an input at its zero point adds 0. */
#ifndef TD_PACKED_FOLD_S8_H
#define TD_PACKED_FOLD_S8_H

#include "td_packed_block_s8.h"

#define TD_PACKED_FOLD_HEAD_BYTES 6

/* Replaces the block's biases, int16 [paired] as in the model, by int32 [paired] in `folded`, which
 * become its activations' predecessors: returns the place after them.
 *
 * A block without multipliers has bytes for biases: the ratio of scales (4 and 1), by how much
 * every multiplier is shifted right (1), and for each of `paired` a record of
 * td_scaled_multiplier.h, whose shift comes on top. Its multipliers follow the biases in `folded`.
 */
uint32_t *td_packed_fold_s8(td_packed_block *b, int32_t input_zero_point, void *folded);

#endif
