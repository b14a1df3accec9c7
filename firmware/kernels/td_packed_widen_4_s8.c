#include "td_packed_widen_4_s8.h"

#include "td_packed.h"

uint32_t *td_packed_widen_4_s8(uint32_t *acts, const int8_t *input, int32_t stride, int32_t count,
                               int32_t runs, int32_t step) {
  const int32_t rest = step - count;
  const int8_t *p0 = input;
  const int8_t *p1 = p0 + stride;
  const int8_t *p2 = p1 + stride;
  const int8_t *p3 = p2 + stride;
  if (count == 0) {
    return acts;
  }
  for (; runs > 0; runs--) {
    const int8_t *const end = p0 + count;
    do {
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
    } while (p0 != end);
    if (runs > 1) {
      p0 += rest;
      p1 += rest;
      p2 += rest;
      p3 += rest;
    }
  }
  return acts;
}
