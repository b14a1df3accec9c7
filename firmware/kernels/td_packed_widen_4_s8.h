/* Inputs of four pixels that lie `stride` bytes apart to the activation words of td_packed.h. */
#ifndef TD_PACKED_WIDEN_4_S8_H
#define TD_PACKED_WIDEN_4_S8_H

#include <stdint.h>

/* `runs` times `count` inputs of each pixel, `count` a multiple of four; the runs are `step` bytes
 * apart. Returns where the next words go. */
uint32_t *td_packed_widen_4_s8(uint32_t *acts, const int8_t *input, int32_t stride, int32_t count,
                               int32_t runs, int32_t step);

#endif
