/* Two channels' sums of a block, in any mode, to the output; those of a part to the totals. */
#ifndef TD_PACKED_FINISH_S8_H
#define TD_PACKED_FINISH_S8_H

#include "td_packed_block_s8.h"

/* `bias` is past the two channels' in b->bias; sums [pixels][2]; `output` at the first pixel's
 * first of the two channels. */
void td_packed_finish_s8(const td_packed_block *b, const int32_t *bias, const int32_t *sums,
                         int8_t *output);

#endif
