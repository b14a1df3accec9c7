/* Inputs of four pixels to the activation words of td_packed.h. */
#ifndef TD_PACKED_WIDEN_4_S8_H
#define TD_PACKED_WIDEN_4_S8_H

#include <stdint.h>

/* Where the inputs lie: stretches (runs) of `count` bytes, a multiple of four, and `left` (0 to 3)
 * more. What is left of the runs goes to a place of each pixel's own, one after another; up to
 * three bytes past a run are read and up to three past the last place are written then. */
typedef struct {
  int32_t stride; /* from pixel to pixel */
  int32_t step;   /* from run to run */
  int32_t count;
  int32_t left;
  int32_t rest_stride; /* from one pixel's place for the rest to the next one's */
} td_packed_runs;

/* Widens `number` runs of each pixel; returns where the next words go. */
uint32_t *td_packed_widen_4_s8(const td_packed_runs *runs, const int8_t *input, int32_t number,
                               uint32_t *acts, int8_t *rest);

#endif
