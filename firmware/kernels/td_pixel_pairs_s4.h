/* All channels of four pixels: int8 inputs, 4-bit weights, sums that fit 28 bits.
 *
 * acts     td_lanes_s4's, of four pixels side by side
 * filter   a word for each group of eight inputs and channel (td_nibbles.h), two channels side by
 *          side; an odd number of channels filled up with one more */
#ifndef TD_PIXEL_PAIRS_S4_H
#define TD_PIXEL_PAIRS_S4_H

#include "td_pixel_sums.h"

typedef enum {
  TD_PAIRS_EXACT, /* four pixels, an even number of channels, shifts of 1 to 19 to the right,
                     outputs of the whole int8 range */
  TD_PAIRS_ANY_S4 /* any */
} td_pairs_mode_s4;

typedef struct {
  const uint32_t *acts;
  int32_t skip; /* this and `acts_end` follow from the groups */
  const uint32_t *acts_end;
  const int32_t *bias; /* of the first channel, times 16 */
  const int32_t *bias_end;
  const int32_t *multiplier;
  const int8_t *shift; /* to the right, and 3 more */
  int32_t round;       /* twice the output's zero point, and 1 */
  int32_t mode;        /* td_pairs_mode_s4 */
  const int8_t *filter;
  int32_t step;           /* bytes from a pixel's outputs to the next one's */
  int32_t low[TD_PIXELS]; /* what td_lanes_s4 returned */
  int32_t pixels;
  int32_t channels;
  const int32_t
      *multipliers;     /* as `multiplier`, and `shifts` as `shift`: the assembler code counts */
  const int8_t *shifts; /* those up */
  int32_t output_offset;
  int16_t activation_min;
  int16_t activation_max;
} td_pixel_pairs_s4;

/* Fills in what follows from the groups. */
void td_pixel_pairs_s4_prepare(td_pixel_pairs_s4 *b, int32_t groups);

void td_pixel_pairs_run_s4(const td_pixel_pairs_s4 *b, int8_t *output);

#endif
