#include "td_packed_widen_4_s8.h"

#include "td_packed.h"

uint32_t *td_packed_widen_4_s8(const td_packed_runs *runs, const int8_t *input, int32_t number,
                               uint32_t *acts, int8_t *rest) {
  const int8_t *p0 = input;
  const int8_t *p1 = p0 + runs->stride;
  const int8_t *p2 = p1 + runs->stride;
  const int8_t *p3 = p2 + runs->stride;
  for (; number > 0; number--) {
    const int8_t *const end = p0 + runs->count;
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
