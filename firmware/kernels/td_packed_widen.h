/* From int8 inputs to the activation words of td_packed.h. */
#ifndef TD_PACKED_WIDEN_H
#define TD_PACKED_WIDEN_H

#include "td_packed.h"

static inline void td_packed_put(uint32_t *acts, int32_t pixels, uint32_t inputs) {
  acts[0] = td_packed_u(inputs);
  acts[pixels] = td_packed_l(inputs);
}

/* `count` inputs of one of `pixels` pixels, `acts` at the pixel's first word. Returns where the
 * pixel's next words go. */
static inline uint32_t *td_packed_widen_1(uint32_t *acts, int32_t pixels, const int8_t *input,
                                          int32_t count) {
  const int8_t *const end = input + (count & ~3);
  while (input != end) {
    td_packed_put(acts, pixels, td_load_word(input));
    acts += 2 * pixels;
    input += 4;
  }
  if (count & 3) {
    td_packed_put(acts, pixels, td_packed_tail(input, count & 3));
    acts += 2 * pixels;
  }
  return acts;
}

/* `count` inputs, a multiple of four, of each of four pixels. Returns where the next words go. */
static inline uint32_t *td_packed_widen_4(uint32_t *acts, const int8_t *p0, const int8_t *p1,
                                          const int8_t *p2, const int8_t *p3, int32_t count) {
  const int8_t *const end = p0 + count;
  while (p0 != end) {
    const uint32_t i0 = td_load_word(p0);
    const uint32_t i1 = td_load_word(p1);
    const uint32_t i2 = td_load_word(p2);
    const uint32_t i3 = td_load_word(p3);
    acts = td_store_two(acts, td_packed_u(i0), td_packed_u(i1));
    acts = td_store_two(acts, td_packed_u(i2), td_packed_u(i3));
    acts = td_store_two(acts, td_packed_l(i0), td_packed_l(i1));
    acts = td_store_two(acts, td_packed_l(i2), td_packed_l(i3));
    p0 += 4;
    p1 += 4;
    p2 += 4;
    p3 += 4;
  }
  return acts;
}

/* `count` inputs of each of `pixels` pixels that lie `stride` bytes apart. */
static inline void td_packed_widen(uint32_t *acts, int32_t pixels, const int8_t *input,
                                   int32_t stride, int32_t count) {
  int32_t done = 0;
  if (pixels == 4) {
    done = count & ~3;
    acts = td_packed_widen_4(acts, input, input + stride, input + 2 * stride, input + 3 * stride,
                             done);
  }
  for (int32_t i = 0; done < count && i < pixels; i++) {
    td_packed_widen_1(acts + i, pixels, input + i * stride + done, count - done);
  }
}

#endif
