#include "td_fully_connected_packed_s16.h"

#include "td_finish_s16.h"
#include "td_fixedpoint.h"

#define OUTPUTS 4

/* Adds the products of `groups` (at least one) of four inputs with the weights of four outputs to
 * `sums`; returns the weights that follow. */
#if TD_DSP

/* r0 inputs, r1 weights, r2 and r3 inputs, r4 to r7 sums, r8 to r11 a group of weights. */
#define OUTPUT(sum, weights)                                                                       \
  "sxtb16 r12, " weights "\n\t"                                                                    \
  "smlad " sum ", r2, r12, " sum "\n\t"                                                            \
  "sxtb16 r12, " weights ", ror #8\n\t"                                                            \
  "smlad " sum ", r3, r12, " sum "\n\t"
#define GROUP                                                                                      \
  "ldr.w r2, [r0], #4\n\t"                                                                         \
  "ldr.w r3, [r0], #4\n\t"                                                                         \
  "ldmia.w r1!, {r8-r11}\n\t" OUTPUT("r4", "r8") OUTPUT("r5", "r9") OUTPUT("r6", "r10")            \
      OUTPUT("r7", "r11")

__attribute__((naked, noinline)) static const int8_t *
add_quad(__attribute__((unused)) const int16_t *input,
         __attribute__((unused)) const int8_t *weights, __attribute__((unused)) int32_t groups,
         __attribute__((unused)) int32_t *sums) {
  __asm volatile("push {r3-r11, lr}\n\t"
                 "ldmia r3, {r4-r7}\n\t"
                 "mov lr, r2\n\t"
                 "tst lr, #1\n\t"
                 "beq 2f\n\t" GROUP "subs lr, #1\n\t"
                 "beq 3f\n"
                 "2:\n\t" GROUP GROUP "subs lr, #2\n\t"
                 "bne.w 2b\n"
                 "3:\n\t"
                 "pop {r3}\n\t"
                 "stmia r3, {r4-r7}\n\t"
                 "mov r0, r1\n\t"
                 "pop {r4-r11, pc}\n");
}

#else

static const int8_t *add_quad(const int16_t *input, const int8_t *weights, int32_t groups,
                              int32_t *sums) {
  for (; groups > 0; groups--) {
    for (int32_t i = 0; i < OUTPUTS; i++) {
      for (int32_t k = 0; k < 4; k++) {
        sums[i] += weights[(k & 1) * 2 + k / 2] * input[k];
      }
      weights += 4;
    }
    input += 4;
  }
  return weights;
}

#endif

/* The same for one output. */
static const int8_t *add_single(const int16_t *input, const int8_t *weights, int32_t groups,
                                int32_t *sum) {
  int32_t total = *sum;
  for (; groups > 0; groups--) {
    const uint32_t word = td_load_word(weights);
    total = td_smlad(td_load_word(input), td_sxtab16(0, word), total);
    total = td_smlad(td_load_word(input + 2), td_sxtab16_odd(0, word), total);
    input += 4;
    weights += 4;
  }
  *sum = total;
  return weights;
}

static void finish(const td_fully_connected_packed_s16_params *p, const int32_t *sums,
                   int32_t first, int32_t count, int16_t *output) {
  const int32_t low = p->activation_min;
  const int32_t high = p->activation_max;
  const int32_t step = p->per_channel ? 1 : 0;
  const int32_t *multiplier = p->multiplier + step * first;
  if (!p->shift) {
    for (const int32_t *const end = sums + count; sums != end; multiplier += step) {
      *output++ = (int16_t)td_clamp(td_smmlar(*sums++, *multiplier, 0), low, high);
    }
    return;
  }
  for (int32_t i = 0; i < count; i++) {
    const int32_t shift = p->shift[step * (first + i)];
    output[i] = (int16_t)td_clamp(td_scaled_s16(sums[i], multiplier[step * i], shift), low, high);
  }
}

void td_fully_connected_packed_s16(const td_fully_connected_packed_s16_params *p,
                                   const int16_t *input, const int8_t *filter, const int32_t *bias,
                                   int16_t *output) {
  const int32_t groups = p->input_size / 4;
  const int32_t rest = p->input_size % 4;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    const int8_t *weights = filter;
    int16_t tail[4] = {0, 0, 0, 0};
    for (int32_t i = 0; i < rest; i++) {
      tail[i] = input[4 * groups + i];
    }
    for (int32_t o = 0; o < p->output_size;) {
      int32_t sums[OUTPUTS];
      const int32_t count = o + OUTPUTS <= p->output_size ? OUTPUTS : 1;
      for (int32_t i = 0; i < count; i++) {
        sums[i] = bias[o + i];
      }
      if (count == OUTPUTS) {
        weights = groups > 0 ? add_quad(input, weights, groups, sums) : weights;
        weights = rest > 0 ? add_quad(tail, weights, 1, sums) : weights;
      } else {
        weights = add_single(input, weights, groups, sums);
        weights = rest > 0 ? add_single(tail, weights, 1, sums) : weights;
      }
      finish(p, sums, o, count, output);
      output += count;
      o += count;
    }
    input += p->input_size;
  }
}
