#include "td_fully_connected_direct_s8.h"

#include <stddef.h>

#include "td_packed_outputs.h"

/* Functions of their own, so that all sums are in registers. */
static __attribute__((noinline)) const int8_t *add_4(const int8_t *w, const int8_t *input,
                                                     int32_t count, int32_t *sums) {
  return td_packed_add_outputs(w, input, count, 4, sums);
}

static __attribute__((noinline)) const int8_t *add_3(const int8_t *w, const int8_t *input,
                                                     int32_t count, int32_t *sums) {
  return td_packed_add_outputs(w, input, count, 3, sums);
}

static __attribute__((noinline)) const int8_t *add_2(const int8_t *w, const int8_t *input,
                                                     int32_t count, int32_t *sums) {
  return td_packed_add_outputs(w, input, count, 2, sums);
}

static __attribute__((noinline)) const int8_t *add_1(const int8_t *w, const int8_t *input,
                                                     int32_t count, int32_t *sums) {
  const int8_t *const end = input + count;
  int32_t sum = *sums;
#pragma GCC unroll 4
  for (; input != end; input += 4) {
    const uint32_t word = td_load_word(input);
    const uint32_t even = td_load_word(w);
    sum = td_smlad(td_packed_u(word), even, sum);
    sum = td_smlad(td_packed_l(word), td_sxtb16(even), sum);
    w += 4;
  }
  *sums = sum;
  return w;
}

static const int8_t *add(const int8_t *w, const int8_t *input, int32_t count, int32_t outputs,
                         int32_t *sums) {
  return outputs == 4   ? add_4(w, input, count, sums)
         : outputs == 3 ? add_3(w, input, count, sums)
         : outputs == 2 ? add_2(w, input, count, sums)
                        : add_1(w, input, count, sums);
}

/* Adds all products to the sums of the next outputs; returns the weights after theirs. */
static __attribute__((noinline)) const int8_t *
add_all(const int8_t *w, const int8_t *input, int32_t count, int32_t outputs, int32_t *sums) {
  if (count >= 4) {
    w = add(w, input, count & ~3, outputs, sums);
  }
  if (count & 3) {
    int8_t last[4];
    td_store_word(last, td_packed_tail(input + (count & ~3), count & 3));
    w = add(w, last, 4, outputs, sums);
  }
  return w;
}

/* The same in parts, as td_packed_parts says. */
static const int8_t *add_parts(const td_fully_connected_direct_s8_params *p, const int8_t *w,
                               const int8_t *input, int32_t outputs, int32_t *totals) {
  const int32_t part = 4 * p->part_groups;
  for (int32_t left = p->input_size; left > 0; left -= part) {
    int32_t sums[4] = {0, 0, 0, 0};
    w = add_all(w, input, left < part ? left : part, outputs, sums);
    for (int32_t i = 0; i < outputs; i++) {
      totals[i] = td_wrapping_add(totals[i], sums[i] >> p->part_shift);
    }
    input += part;
  }
  return w;
}

/* One batch. */
static void run(const td_fully_connected_direct_s8_params *p, const int8_t *input, const int8_t *w,
                const int32_t *bias, int8_t *output) {
  const td_packed_requant requant = {p->round, p->half, p->activation_min, p->activation_max};
  td_packed_channel channel = td_packed_channel_of(&requant, *p->multiplier, p->shift);
  for (int32_t done = 0; done < p->output_size;) {
    const int32_t left = p->output_size - done;
    const int32_t outputs = left < 4 ? left : 4;
    int32_t sums[4];
    for (int32_t i = 0; i < outputs; i++) {
      sums[i] = bias[done + i];
    }
    w = p->part_groups ? add_parts(p, w, input, outputs, sums)
                       : add_all(w, input, p->input_size, outputs, sums);
    for (int32_t i = 0; i < outputs; i++) {
      if (p->per_channel) {
        channel = td_packed_channel_of(&requant, p->multiplier[done], &p->shift[done]);
      }
      output[done++] = td_packed_output(&requant, &channel, sums[i]);
    }
  }
}

void td_fully_connected_direct_s8(const td_fully_connected_direct_s8_params *p, const int8_t *input,
                                  const int8_t *filter, const int32_t *bias, int8_t *output) {
  for (int32_t batch = 0; batch < p->batches; batch++) {
    run(p, input, filter, bias, output);
    input += p->input_size;
    output += p->output_size;
  }
}
