#include "td_packed_widen_4_s8.h"

#include "td_packed.h"

#if TD_MVE
#include <arm_mve.h>

static inline uint32x4_t load(const int8_t *inputs) {
  return vreinterpretq_u32_s8(vrev16q_s8(vldrbq_s8(inputs)));
}
#endif

uint32_t *td_packed_widen_4_s8(const td_packed_runs *runs, const int8_t *input, int32_t number,
                               uint32_t *acts, int8_t *rest) {
  const int8_t *p0 = input;
  const int8_t *p1 = p0 + runs->stride;
  const int8_t *p2 = p1 + runs->stride;
  const int8_t *p3 = p2 + runs->stride;
  for (; number > 0; number--) {
    const int8_t *const end = p0 + runs->count;
#if TD_MVE
    for (; end - p0 >= 16; acts += 16) {
      const uint32x4x4_t inputs = {{load(p0), load(p1), load(p2), load(p3)}};
      vst4q_u32(acts, inputs);
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
    }
#endif
    while (p0 != end) {
      const uint32_t i0 = td_load_word(p0);
      const uint32_t i1 = td_load_word(p1);
      const uint32_t i2 = td_load_word(p2);
      const uint32_t i3 = td_load_word(p3);
#if TD_MVE
      acts = td_store_two(acts, td_rev16(i0), td_rev16(i1));
      acts = td_store_two(acts, td_rev16(i2), td_rev16(i3));
#else
      acts = td_store_two(acts, td_packed_u(i0), td_packed_u(i1));
      acts = td_store_two(acts, td_packed_u(i2), td_packed_u(i3));
      acts = td_store_two(acts, td_packed_l(i0), td_packed_l(i1));
      acts = td_store_two(acts, td_packed_l(i2), td_packed_l(i3));
#endif
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
    }
    if (runs->left) {
      /* Of each word the next one overwrites what is too much. */
      const int32_t stride = runs->rest_stride;
      td_store_word(rest, td_load_word(p0));
      td_store_word(rest + stride, td_load_word(p1));
      td_store_word(rest + 2 * stride, td_load_word(p2));
      td_store_word(rest + 3 * stride, td_load_word(p3));
      rest += runs->left;
    }
    if (number > 1) {
      const int32_t gap = runs->step - runs->count;
      p0 += gap;
      p1 += gap;
      p2 += gap;
      p3 += gap;
    }
  }
  return acts;
}
