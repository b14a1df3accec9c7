/* Sums of four pixels and two channels: int8 inputs, 4-bit weights.
 *
 * acts     td_lanes_s4's, of four pixels side by side
 * weights  a word for each group of eight inputs and channel (td_nibbles.h), the channels side by
 *          side, 4-aligned */
#ifndef TD_PIXEL_SUMS_S4_H
#define TD_PIXEL_SUMS_S4_H

#include "td_pixel_sums.h"

typedef struct {
  int32_t sums[2 * TD_PIXELS]; /* [pixel][channel]: first what to add to, then the sums */
  const uint32_t *acts_end;
  int32_t skip; /* bytes of the unrolled loop that its first pass leaves out */
} td_pixel_sums;

/* Fills in what follows from the groups. */
void td_pixel_sums_s4_prepare(td_pixel_sums *s, const uint32_t *acts, int32_t groups);

void td_pixel_sums_s4(const uint32_t *acts, const int8_t *weights, td_pixel_sums *s);

#endif
