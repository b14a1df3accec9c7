/* All channels of four pixels: int16 inputs, int8 weights, sums that fit 32 bits.
 *
 * acts     a group for each four inputs k0 to k3, the last one filled up with anything: a word
 *          (k0, k1) of each pixel, then a word (k2, k3) of each
 * filter   a word for each group and channel, two channels side by side: bytes k0, k2, k1, k3; the
 *          last group filled up with zeros, and an odd number of channels with one of zeros */
#ifndef TD_PIXEL_PAIRS_S16_H
#define TD_PIXEL_PAIRS_S16_H

#include "td_finish_s16.h"
#include "td_pixel_sums.h"

typedef struct {
  const uint32_t *acts;
  int32_t skip; /* this and `acts_end` follow from the groups */
  const uint32_t *acts_end;
  const int32_t *bias; /* of the first channel */
  const int32_t *bias_end;
  const int32_t *multiplier;
  int32_t mode; /* td_pairs_mode */
  const int8_t *filter;
  int32_t step; /* bytes from a pixel's outputs to the next one's */
  int32_t pixels;
  int32_t channels;
  const int32_t *multipliers; /* as `multiplier`; the assembler code counts that one up */
  const int8_t *shift;        /* NULL when all are 0 */
  int16_t activation_min;
  int16_t activation_max;
} td_pixel_pairs;

/* Fills in what follows from the groups. */
void td_pixel_pairs_s16_prepare(td_pixel_pairs *b, int32_t groups);

void td_pixel_pairs_s16(const td_pixel_pairs *b, int16_t *output);

#endif
