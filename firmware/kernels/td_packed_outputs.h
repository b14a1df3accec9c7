/* Up to four outputs' products of packed weights with one pixel's inputs as they lie in memory. */
#ifndef TD_PACKED_OUTPUTS_H
#define TD_PACKED_OUTPUTS_H

#include "td_packed.h"

/* Adds to `sums` the products of `count` inputs, in groups of four, for `outputs` outputs, whose
 * weights are [groups][outputs] words. Returns the weights after these. */
__attribute__((always_inline)) static inline const int8_t *
td_packed_add_outputs(const int8_t *w, const int8_t *input, int32_t count, int32_t outputs,
                      int32_t *sums) {
  const int8_t *const end = input + count;
  int32_t s[4] = {0, 0, 0, 0};
#pragma GCC unroll 4
  for (int32_t i = 0; i < outputs; i++) {
    s[i] = sums[i];
  }
  for (; input != end; input += 4) {
    const uint32_t word = td_load_word(input);
    const uint32_t u = td_packed_u(word);
    const uint32_t l = td_packed_l(word);
#pragma GCC unroll 4
    for (int32_t i = 0; i < outputs; i++) {
      const uint32_t even = td_load_word(w + 4 * i);
      s[i] = td_smlad(l, td_sxtb16(even), td_smlad(u, even, s[i]));
    }
    w += 4 * outputs;
  }
#pragma GCC unroll 4
  for (int32_t i = 0; i < outputs; i++) {
    sums[i] = s[i];
  }
  return w;
}

#endif
