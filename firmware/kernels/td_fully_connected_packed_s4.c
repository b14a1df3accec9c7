#include "td_fully_connected_packed_s4.h"

#include "td_lanes_s4.h"

#define OUTPUTS 4

/* Adds the products of `groups` (at least one) with the weights of four outputs to `sums`; returns
 * the weights that follow. */
#if TD_DSP

/* r0 activations, r1 weights, r2 and r3 U and V, r4 to r7 sums, r8 to r11 a group of weights. */
#define OUTPUT(sum, weights)                                                                       \
  "sxtb16 r12, " weights "\n\t"                                                                    \
  "smlad " sum ", r2, r12, " sum "\n\t"                                                            \
  "and r12, r12, #0x000f000f\n\t"                                                                  \
  "smlad " sum ", r3, r12, " sum "\n\t"
#define HALF(turn)                                                                                 \
  "ldrd r2, r3, [r0], #8\n\t" OUTPUT("r4", "r8" turn) OUTPUT("r5", "r9" turn)                      \
      OUTPUT("r6", "r10" turn) OUTPUT("r7", "r11" turn)
#define GROUP "ldmia.w r1!, {r8-r11}\n\t" HALF("") HALF(", ror #8")

__attribute__((naked, noinline)) static const int8_t *
add_quad(__attribute__((unused)) const uint32_t *acts,
         __attribute__((unused)) const int8_t *weights, __attribute__((unused)) int32_t groups,
         __attribute__((unused)) int32_t *sums) {
  __asm volatile("push {r3-r11, lr}\n\t"
                 "ldmia r3, {r4-r7}\n\t"
                 "mov lr, r2\n"
                 "1:\n\t" GROUP "subs lr, #1\n\t"
                 "bne.w 1b\n\t"
                 "pop {r3}\n\t"
                 "stmia r3, {r4-r7}\n\t"
                 "mov r0, r1\n\t"
                 "pop {r4-r11, pc}\n");
}

#endif

/* The same for one output; `step` is from one of its groups of weights to the next. */
static void add_single(const uint32_t *acts, const int8_t *weights, int32_t groups, int32_t step,
                       int32_t *sum) {
  int32_t total = *sum;
  for (; groups > 0; groups--) {
    const uint32_t word = td_load_word(weights);
    const uint32_t even = td_sxtab16(0, word);
    const uint32_t odd = td_sxtab16_odd(0, word);
    total = td_smlad(acts[0], even, total);
    total = td_smlad(acts[1], even & TD_LANES_LOW, total);
    total = td_smlad(acts[2], odd, total);
    total = td_smlad(acts[3], odd & TD_LANES_LOW, total);
    acts += 4;
    weights += step;
  }
  *sum = total;
}

#if !TD_DSP

static const int8_t *add_quad(const uint32_t *acts, const int8_t *weights, int32_t groups,
                              int32_t *sums) {
  for (int32_t i = 0; i < OUTPUTS; i++) {
    add_single(acts, weights + 4 * i, groups, 4 * OUTPUTS, &sums[i]);
  }
  return weights + 4 * OUTPUTS * groups;
}

#endif

static void finish(const td_fully_connected_packed_s4_params *p, const int32_t *sums, int32_t first,
                   int32_t count, int8_t *output) {
  for (int32_t i = 0; i < count; i++) {
    const int32_t channel = p->per_channel ? first + i : 0;
    const td_finish_s4 f =
        td_finish_s4_of(p->multiplier[channel], p->shift[channel], p->output_offset);
    output[i] =
        (int8_t)td_clamp(td_finished_any_s4(&f, sums[i]), p->activation_min, p->activation_max);
  }
}

/* Widens all inputs, the last ones filled up with zeros. */
static int32_t widen(const td_fully_connected_packed_s4_params *p, const int8_t *input,
                     uint32_t *acts) {
  const int32_t groups = p->input_size / TD_NIBBLE_GROUP;
  const int32_t rest = p->input_size % TD_NIBBLE_GROUP;
  int8_t tail[TD_NIBBLE_GROUP] = {0, 0, 0, 0, 0, 0, 0, 0};
  for (int32_t i = 0; i < rest; i++) {
    tail[i] = input[TD_NIBBLE_GROUP * groups + i];
  }
  const int32_t low = td_lanes_s4(input, groups, 1, acts);
  return low + (rest > 0 ? td_lanes_s4(tail, 1, 1, acts + 4 * groups) : 0);
}

void td_fully_connected_packed_s4(const td_fully_connected_packed_s4_params *p, const int8_t *input,
                                  const int8_t *filter, const int32_t *bias, int8_t *output,
                                  void *scratch) {
  const int32_t groups = (p->input_size + TD_NIBBLE_GROUP - 1) / TD_NIBBLE_GROUP;
  uint32_t *const acts = (uint32_t *)scratch;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    const int8_t *weights = filter;
    const int32_t low = widen(p, input, acts);
    for (int32_t o = 0; o < p->output_size;) {
      int32_t sums[OUTPUTS];
      const int32_t count = o + OUTPUTS <= p->output_size ? OUTPUTS : 1;
      for (int32_t i = 0; i < count; i++) {
        sums[i] = bias[o + i] * 16 + low;
      }
      if (count == OUTPUTS) {
        weights = add_quad(acts, weights, groups, sums);
      } else {
        add_single(acts, weights, groups, 4, sums);
        weights += 4 * groups;
      }
      finish(p, sums, o, count, output);
      output += count;
      o += count;
    }
    input += p->input_size;
  }
}
