/* From int8 inputs to the activation words of td_packed.h. */
#ifndef TD_PACKED_WIDEN_H
#define TD_PACKED_WIDEN_H

#include "td_packed.h"

static inline void td_packed_put(uint32_t *acts, int32_t pixels, uint32_t inputs) {
#if TD_MVE
  (void)pixels;
  acts[0] = td_rev16(inputs);
#else
  acts[0] = td_packed_u(inputs);
  acts[pixels] = td_packed_l(inputs);
#endif
}

/* `count` inputs of one of `pixels` pixels, `acts` at the pixel's first word. Returns where the
 * pixel's next words go. */
static inline uint32_t *td_packed_widen_1(uint32_t *acts, int32_t pixels, const int8_t *input,
                                          int32_t count) {
  const int8_t *const end = input + (count & ~3);
  while (input != end) {
    td_packed_put(acts, pixels, td_load_word(input));
    acts += TD_PACKED_WORDS * pixels;
    input += 4;
  }
  if (count & 3) {
    td_packed_put(acts, pixels, td_packed_tail(input, count & 3));
    acts += TD_PACKED_WORDS * pixels;
  }
  return acts;
}

#endif
