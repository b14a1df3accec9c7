/* From the model's biases to those of td_packed_block_s8.h: an input at its zero point adds 0. */
#ifndef TD_PACKED_FOLD_S8_H
#define TD_PACKED_FOLD_S8_H

#include "td_packed_block_s8.h"

/* bias [channels] as in the model, folded [channels]; of `b` only the filter and its shape count.
 */
void td_packed_fold_s8(const td_packed_block *b, const int16_t *bias, int32_t input_zero_point,
                       int32_t *folded);

#endif
