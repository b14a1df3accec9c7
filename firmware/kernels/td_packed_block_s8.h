/* All output channels of a few pixels: the inner part of the packed convolutions.
 *
 * Channels come in pairs. When their number is odd, three at least, the last pair is the last two
 * channels, so that the last but one comes twice, in all that has a value for each:
 *
 * filter      for each pair [groups][2] words of td_packed.h, group = 4 inputs
 * bias        int32 [paired], scaled by 256 (or as td_packed_parts says), the constants of
 *             td_packed.h folded in
 * multiplier  int32 [paired]
 * shift       int8 [paired], or NULL in the modes that need none
 * acts        [groups][2][pixels] words: U of each pixel, then L of each pixel
 * output      int8 [pixels][stride], of each pixel the first `channels` */
#ifndef TD_PACKED_BLOCK_S8_H
#define TD_PACKED_BLOCK_S8_H

#include "td_packed.h"

/* The assembler code knows the order of the first fourteen members. */
typedef struct {
  const int32_t *bias;
  const int32_t *bias_of_pairs_end;
  const void *reserved; /* the output's place */
  int32_t stride;
  const int32_t *multiplier;
  const uint32_t *acts;
  const uint32_t *acts_end; /* this and `skip` follow from `pixels` */
  int32_t skip;             /* bytes of the unrolled loop that the first pass leaves out */
  int32_t round;
  int32_t mode; /* td_packed_mode */
  const int8_t *filter;
  const int8_t *shift;
  uint32_t lowest; /* activation_min and activation_max in all four bytes */
  uint32_t highest;
  int32_t groups;
  int32_t channels; /* not 1 */
  int32_t pixels;
  td_packed_requant requant;
  td_packed_parts parts;
  int32_t *totals; /* where td_packed_finish_s8 adds the sums of a part, or NULL */
  int32_t folded;  /* whether the biases are for plain inputs: with vector instructions */
} td_packed_block;

/* All that a kernel's parameters `p` say of its blocks; the rest is 0. */
#define TD_PACKED_BLOCK_OF(p, filter_, bias_, groups_, channels_)                                  \
  {                                                                                                \
    .bias = (const int32_t *)(bias_), .bias_of_pairs_end = NULL, .reserved = NULL,                 \
    .stride = (p)->output_channels, .multiplier = (p)->multiplier, .acts = NULL, .acts_end = NULL, \
    .skip = 0, .round = 0, .mode = (p)->mode, .filter = (filter_), .shift = (p)->shift,            \
    .lowest = 0, .highest = 0, .groups = (groups_), .channels = (channels_), .pixels = 0,          \
    .requant = {(p)->round, (p)->half, (p)->activation_min, (p)->activation_max},                  \
    .parts = {(p)->part_groups, (p)->part_shift}, .totals = NULL, .folded = 0                      \
  }

/* How many channels there are in pairs. */
static inline int32_t td_packed_paired(int32_t channels) {
  return channels + (channels & 1);
}

/* A block of 1, 2 or 4 pixels for the filter, biases, multipliers, shifts, groups, stride,
 * channels, mode, requantization and activations that `b` names; fills in the rest. */
void td_packed_block_prepare(td_packed_block *b, int32_t pixels);

/* Runs a prepared block, which is as before afterwards. */
void td_packed_block_s8(td_packed_block *b, int8_t *output);

/* How many of `left` pixels the next block takes. */
static inline int32_t td_packed_block_pixels(int32_t left) {
  return left >= 4 ? 4 : (left >= 2 ? 2 : 1);
}

#endif
