/* One over the square root of int16 values around 0; a value that is not above 0 becomes the
 * largest.
 *
 * input, output int16, `size` elements */
#ifndef TD_RSQRT_S16_H
#define TD_RSQRT_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  int32_t multiplier; /* of the inverse root of a number of steps, to the output's scale */
  int8_t shift;
} td_rsqrt_s16_params;

void td_rsqrt_s16(const td_rsqrt_s16_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
