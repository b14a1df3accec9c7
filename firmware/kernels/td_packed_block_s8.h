/* All output channels of a few pixels: the inner part of the packed convolutions.
 *
 * filter      for each pair of channels [groups][2] words of td_packed.h, group = 4 inputs; then,
 *             when the channels are odd, [groups] words of the last one
 * bias        int32 [channels], scaled by 256, the constants of td_packed.h folded in
 * multiplier  int32 [channels], or one for all of them
 * shift       int8, as many, or NULL in the modes that need none
 * acts        [groups][2][pixels] words: U of each pixel, then L of each pixel
 * output      int8 [pixels][channels] */
#ifndef TD_PACKED_BLOCK_S8_H
#define TD_PACKED_BLOCK_S8_H

#include "td_packed.h"

typedef struct {
  const int8_t *filter;
  const int32_t *bias;
  const int32_t *multiplier;
  const int8_t *shift;
  int32_t groups;
  int32_t channels;
  int16_t per_channel; /* 0: one multiplier for all */
  int16_t mode;        /* td_packed_mode */
  td_packed_requant requant;
} td_packed_block;

/* How many of `left` pixels the next block takes. */
static inline int32_t td_packed_block_pixels(int32_t left) {
  return left >= 4 ? 4 : (left >= 2 ? 2 : 1);
}

/* 1 to 4 pixels; 4 and 2 are fast. */
void td_packed_block_s8(const td_packed_block *b, const uint32_t *acts, int32_t pixels,
                        int8_t *output);

#endif
