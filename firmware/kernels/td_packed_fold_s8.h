/* From the model's biases to those of td_packed_block_s8.h: an input at its zero point adds 0. */
#ifndef TD_PACKED_FOLD_S8_H
#define TD_PACKED_FOLD_S8_H

#include "td_packed_block_s8.h"

/* Replaces the block's biases, int16 [paired] as in the model, by int32 [paired] in `folded`, which
 * become its activations' predecessors: returns the place after them. */
uint32_t *td_packed_fold_s8(td_packed_block *b, int32_t input_zero_point, void *folded);

#endif
