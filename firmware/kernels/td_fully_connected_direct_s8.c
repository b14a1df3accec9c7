#include "td_fully_connected_direct_s8.h"

#include "td_packed.h"

/* Four inputs, as activation words, times an output's weights for them. */
static inline int32_t add_word(const int8_t *w, uint32_t u, uint32_t l, int32_t sum) {
  const uint32_t odd = td_load_word(w);
  return td_smlad(l, td_sxtb16(odd), td_smlad(u, odd, sum));
}

/* One output's sum over inputs in groups of four. */
static const int8_t *add_one(const int8_t *w, const int8_t *input, const int8_t *end,
                             int32_t *sum) {
  for (; input != end; input += 4) {
    const uint32_t word = td_load_word(input);
    *sum = add_word(w, td_packed_u(word), td_packed_l(word), *sum);
    w += 4;
  }
  return w;
}

/* Those of four outputs; a function of its own, so that all are in registers. */
static __attribute__((noinline)) const int8_t *add_four(const int8_t *w, const int8_t *input,
                                                        const int8_t *end, int32_t sums[4]) {
  int32_t s0 = sums[0];
  int32_t s1 = sums[1];
  int32_t s2 = sums[2];
  int32_t s3 = sums[3];
  for (; input != end; input += 4) {
    const uint32_t word = td_load_word(input);
    const uint32_t u = td_packed_u(word);
    const uint32_t l = td_packed_l(word);
    s0 = add_word(w, u, l, s0);
    s1 = add_word(w + 4, u, l, s1);
    s2 = add_word(w + 8, u, l, s2);
    s3 = add_word(w + 12, u, l, s3);
    w += 16;
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
  return w;
}

/* Adds the next `outputs` (4 or 1) outputs' products to their totals, in parts as td_packed_parts
 * says; returns the weights after theirs. */
static const int8_t *add(const td_fully_connected_direct_s8_params *p, const int8_t *w,
                         const int8_t *input, int32_t outputs, int32_t totals[4]) {
  const int32_t part = p->part_groups ? 4 * p->part_groups : p->input_size;
  for (int32_t left = p->input_size; left > 0; left -= part) {
    const int32_t count = left < part ? left : part;
    int32_t sums[4] = {0, 0, 0, 0};
    const int8_t *const end = input + (count & ~3);
    w = outputs == 4 ? add_four(w, input, end, sums) : add_one(w, input, end, sums);
    if (count & 3) {
      const uint32_t word = td_packed_tail(end, count & 3);
      int8_t last[4];
      td_store_word(last, word);
      w = outputs == 4 ? add_four(w, last, last + 4, sums) : add_one(w, last, last + 4, sums);
    }
    for (int32_t i = 0; i < outputs; i++) {
      totals[i] = td_wrapping_add(totals[i], sums[i] >> p->part_shift);
    }
    input = end;
  }
  return w;
}

void td_fully_connected_direct_s8(const td_fully_connected_direct_s8_params *p, const int8_t *input,
                                  const int8_t *filter, const int32_t *bias, int8_t *output) {
  const td_packed_requant requant = {p->round, p->half, p->activation_min, p->activation_max};
  for (int32_t batch = 0; batch < p->batches; batch++) {
    const int8_t *w = filter;
    for (int32_t done = 0; done < p->output_size;) {
      const int32_t count = p->output_size - done >= 4 ? 4 : 1;
      int32_t totals[4] = {0, 0, 0, 0};
      for (int32_t i = 0; i < count; i++) {
        totals[i] = bias[done + i];
      }
      w = add(p, w, input, count, totals);
      for (int32_t i = 0; i < count; i++) {
        const int32_t at = p->per_channel ? done : 0;
        const td_packed_channel channel =
            td_packed_channel_of(&requant, p->multiplier[at], &p->shift[at]);
        output[done++] = td_packed_output(&requant, &channel, totals[i]);
      }
    }
    input += p->input_size;
    output += p->output_size;
  }
}
