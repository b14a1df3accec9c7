#include "td_fully_connected_packed_s8.h"

#include <stddef.h>

#include "td_packed.h"

/* The assembler code knows the order of the first members. */
typedef struct {
  const int32_t *bias;
  const int32_t *bias_of_quads_end;
  int8_t *output;
  const uint32_t *acts;
  const uint32_t *acts_end;
  int32_t skip;              /* bytes of the unrolled loop that the first pass leaves out */
  const int32_t *multiplier; /* of each output, or NULL: `channel` holds for all */
  const int8_t *shift;
  int32_t round;
  int32_t half;
  const int8_t *filter;
  td_packed_channel channel;
  int32_t sums_only; /* only one quad, and its sums to `sums` */
  int32_t sums[4];
} frame;

/* Inputs in groups of four to activation words, U before L. */
static void widen(const int8_t *input, int32_t count, uint32_t *acts) {
  const int8_t *const end = input + (count & ~3);
  while (input != end) {
    const uint32_t inputs = td_load_word(input);
    acts = td_store_two(acts, td_packed_u(inputs), td_packed_l(inputs));
    input += 4;
  }
  if (count & 3) {
    const uint32_t inputs = td_packed_tail(input, count & 3);
    td_store_two(acts, td_packed_u(inputs), td_packed_l(inputs));
  }
}

#if TD_DSP

/* Registers: r0 activations, r1 weights, r2 and r3 U and L, r4 to r7 sums of four outputs, r8 to
 * r11 their weights; r12 is the frame. */
#define GROUP                                                                                      \
  "ldmia r1!, {r8-r11}\n\t"                                                                        \
  "ldrd r2, r3, [r0], #8\n\t"                                                                      \
  "smlad r4, r2, r8, r4\n\t"                                                                       \
  "smlad r5, r2, r9, r5\n\t"                                                                       \
  "smlad r6, r2, r10, r6\n\t"                                                                      \
  "smlad r7, r2, r11, r7\n\t"                                                                      \
  "sxtb16 r8, r8\n\t"                                                                              \
  "sxtb16 r9, r9\n\t"                                                                              \
  "sxtb16 r10, r10\n\t"                                                                            \
  "sxtb16 r11, r11\n\t"                                                                            \
  "smlad r4, r3, r8, r4\n\t"                                                                       \
  "smlad r5, r3, r9, r5\n\t"                                                                       \
  "smlad r6, r3, r10, r6\n\t"                                                                      \
  "smlad r7, r3, r11, r7\n\t"
#define GROUP_BYTES (14 * 4)

/* One output with the constants for all: r8 multiplier, r9 shift, r10 Ra, r11 correction. */
#define OUTPUT(x)                                                                                  \
  "and r2, r11, " x ", asr #31\n\t"                                                                \
  "sub r2, r10, r2\n\t"                                                                            \
  "smmla " x ", " x ", r8, r2\n\t"                                                                 \
  "asr " x ", r9\n\t"                                                                              \
  "ssat " x ", #8, " x "\n\t"                                                                      \
  "strb " x ", [r3], #1\n\t"

/* One output with constants of its own: r0 multipliers, r2 shifts, r14 `round`. */
#define OWN_OUTPUT(x)                                                                              \
  "ldrsb r9, [r2], #1\n\t"                                                                         \
  "ldr r8, [r0], #4\n\t"                                                                           \
  "sub r10, r9, #1\n\t"                                                                            \
  "lsl r10, lr, r10\n\t"                                                                           \
  "ldr r11, [r12, #36]\n\t"                                                                        \
  "add r10, r11\n\t"                                                                               \
  "and r11, r11, " x ", asr #31\n\t"                                                               \
  "sub r10, r10, r11, lsl #1\n\t"                                                                  \
  "smmla " x ", " x ", r8, r10\n\t"                                                                \
  "asr " x ", r9\n\t"                                                                              \
  "ssat " x ", #8, " x "\n\t"                                                                      \
  "strb " x ", [r3], #1\n\t"

/* Outputs by four, to the output while there are any, or the first four's sums to `sums`. */
static __attribute__((naked, noinline)) void run_quads(__attribute__((unused)) frame *f) {
  __asm volatile("push {r4-r11, lr}\n\t"
                 "mov r12, r0\n\t"
                 "ldr r1, [r12, #40]\n\t"
                 "ldr r2, [r12]\n"
                 "0:\n\t"
                 "ldmia r2!, {r4-r7}\n\t"
                 "str r2, [r12]\n\t"
                 "ldrd r0, lr, [r12, #12]\n\t"
                 "ldr r3, [r12, #20]\n\t"
                 ".p2align 2\n\t"
                 "add pc, r3\n\t"
                 "nop\n"
                 "1:\n\t" GROUP GROUP GROUP GROUP GROUP GROUP GROUP GROUP "cmp r0, lr\n\t"
                 "bne.w 1b\n\t"
                 "ldr r8, [r12, #60]\n\t"
                 "ldrd r0, r2, [r12, #24]\n\t"
                 "ldr r3, [r12, #8]\n\t"
                 "cmp r8, #0\n\t"
                 "bne.w 4f\n\t"
                 "cmp r0, #0\n\t"
                 "bne 2f\n\t"
                 "add r8, r12, #44\n\t"
                 "ldmia r8, {r8-r11}\n\t" OUTPUT("r4") OUTPUT("r5") OUTPUT("r6")
                     OUTPUT("r7") "b 3f\n"
                                  "2:\n\t"
                                  "ldr lr, [r12, #32]\n\t" OWN_OUTPUT("r4") OWN_OUTPUT("r5")
                                      OWN_OUTPUT("r6")
                                          OWN_OUTPUT("r7") "strd r0, r2, [r12, #24]\n"
                                                           "3:\n\t"
                                                           "str r3, [r12, #8]\n\t"
                                                           "ldrd r2, r3, [r12]\n\t"
                                                           "cmp r2, r3\n\t"
                                                           "bne.w 0b\n\t"
                                                           "pop {r4-r11, pc}\n"
                                                           "4:\n\t"
                                                           "str r1, [r12, #40]\n\t"
                                                           "strd r4, r5, [r12, #64]\n\t"
                                                           "strd r6, r7, [r12, #72]\n\t"
                                                           "pop {r4-r11, pc}\n");
}

_Static_assert(offsetof(frame, filter) == 40 && offsetof(frame, sums) == 64, "known to the code");

#else

#define GROUP_BYTES 0

/* One product after the other: sums in a tree would not fit the registers. */
#pragma GCC optimize("no-tree-reassoc")

/* One group of inputs, as lanes, and an output's weights for it. */
static inline uint32_t add_group(const int8_t *w, int32_t u0, int32_t u1, int32_t l0, int32_t l1,
                                 uint32_t sum) {
  sum += (uint32_t)(u0 * td_load_half(w));
  sum += (uint32_t)(u1 * td_load_half(w + 2));
  sum += (uint32_t)(l0 * w[0]);
  return sum + (uint32_t)(l1 * w[2]);
}

static void run_quads(frame *f) {
  const int8_t *w = f->filter;
  const int8_t *const end = (const int8_t *)f->acts_end;
  uint32_t s0 = (uint32_t)f->bias[0];
  uint32_t s1 = (uint32_t)f->bias[1];
  uint32_t s2 = (uint32_t)f->bias[2];
  uint32_t s3 = (uint32_t)f->bias[3];
  for (const int8_t *acts = (const int8_t *)f->acts; acts != end; acts += 8) {
    const int32_t u0 = td_load_half(acts);
    const int32_t u1 = td_load_half(acts + 2);
    const int32_t l0 = td_load_half(acts + 4);
    const int32_t l1 = td_load_half(acts + 6);
    s0 = add_group(w, u0, u1, l0, l1, s0);
    s1 = add_group(w + 4, u0, u1, l0, l1, s1);
    s2 = add_group(w + 8, u0, u1, l0, l1, s2);
    s3 = add_group(w + 12, u0, u1, l0, l1, s3);
    w += 16;
  }
  f->sums[0] = (int32_t)s0;
  f->sums[1] = (int32_t)s1;
  f->sums[2] = (int32_t)s2;
  f->sums[3] = (int32_t)s3;
  f->bias += 4;
  f->filter = w;
}

#endif

/* The sums of the last one to three outputs. */
__attribute__((always_inline)) static inline void run_rest_of(frame *f, int32_t outputs) {
  const uint32_t *const end = f->acts_end;
  const int8_t *w = f->filter;
  int32_t s[3] = {0, 0, 0};
#pragma GCC unroll 3
  for (int32_t i = 0; i < outputs; i++) {
    s[i] = f->bias[i];
  }
  for (const uint32_t *acts = f->acts; acts != end; acts += 2) {
    const uint32_t u = acts[0];
    const uint32_t l = acts[1];
#pragma GCC unroll 3
    for (int32_t i = 0; i < outputs; i++) {
      const uint32_t even = td_load_word(w + 4 * i);
      s[i] = td_smlad(l, td_sxtb16(even), td_smlad(u, even, s[i]));
    }
    w += 4 * outputs;
  }
#pragma GCC unroll 3
  for (int32_t i = 0; i < outputs; i++) {
    f->sums[i] = s[i];
  }
  f->filter = w;
}

static void run_rest(frame *f, int32_t outputs) {
  if (outputs == 1) {
    run_rest_of(f, 1);
  } else if (outputs == 2) {
    run_rest_of(f, 2);
  } else {
    run_rest_of(f, 3);
  }
}

static void run_outputs(frame *f, int32_t outputs) {
  if (outputs == 4) {
    run_quads(f);
  } else {
    run_rest(f, outputs);
  }
}

/* The sums of the next outputs, at most four; moves on to the weights after theirs. */
static void sum(const td_fully_connected_packed_s8_params *p, frame *f, const int32_t *bias,
                int32_t outputs) {
  static const int32_t no_bias[4] = {0, 0, 0, 0};
  const uint32_t *const acts = f->acts;
  const uint32_t *const acts_end = f->acts_end;
  const int32_t part = p->part_groups;
  int32_t total[4];
  if (part == 0) {
    f->bias = bias;
    run_outputs(f, outputs);
    return;
  }
  for (int32_t i = 0; i < outputs; i++) {
    total[i] = bias[i];
  }
  for (int32_t left = (p->input_size + 3) / 4; left > 0; left -= part) {
    const int32_t count = left < part ? left : part;
    f->bias = no_bias;
    f->acts_end = f->acts + 2 * count;
    f->skip = (-count & 7) * GROUP_BYTES;
    run_outputs(f, outputs);
    for (int32_t i = 0; i < outputs; i++) {
      total[i] += f->sums[i] >> p->part_shift;
    }
    f->acts = f->acts_end;
  }
  for (int32_t i = 0; i < outputs; i++) {
    f->sums[i] = total[i];
  }
  f->acts = acts;
  f->acts_end = acts_end;
}

/* One batch, its inputs widened. */
static void run(const td_fully_connected_packed_s8_params *p, const frame *start) {
  const td_packed_requant requant = {p->round, p->half, p->activation_min, p->activation_max};
  const int32_t whole = p->output_size & ~3;
  frame f = *start;
  int32_t done = 0;
#if TD_DSP
  if (!f.sums_only && whole > 0) {
    run_quads(&f);
    f.filter += 2 * whole * (f.acts_end - f.acts);
    f.sums_only = 1;
    done = whole;
  }
#endif
  for (; done < p->output_size;) {
    const int32_t count = done < whole ? 4 : p->output_size - done;
    sum(p, &f, start->bias + done, count);
    for (int32_t i = 0; i < count; i++) {
      const int32_t at = p->per_channel ? done : 0;
      const td_packed_channel channel =
          td_packed_channel_of(&requant, p->multiplier[at], &p->shift[at]);
      start->output[done++] = td_packed_output(&requant, &channel, f.sums[i]);
    }
  }
}

void td_fully_connected_packed_s8(const td_fully_connected_packed_s8_params *p, const int8_t *input,
                                  const int8_t *filter, const int32_t *bias, int8_t *output,
                                  void *scratch) {
  const td_packed_requant requant = {p->round, p->half, p->activation_min, p->activation_max};
  const int32_t groups = (p->input_size + 3) / 4;
  uint32_t *const acts = (uint32_t *)scratch;
  frame f = {
      .bias = bias,
      .bias_of_quads_end = bias + (p->output_size & ~3),
      .output = output,
      .acts = acts,
      .acts_end = acts + 2 * groups,
      .skip = (-groups & 7) * GROUP_BYTES,
      .multiplier = p->per_channel ? p->multiplier : NULL,
      .shift = p->shift,
      .round = p->round,
      .half = p->half,
      .filter = filter,
      .channel = td_packed_channel_of(&requant, p->multiplier[0], p->shift),
      .sums_only = p->mode != TD_PACKED_EXACT,
      .sums = {0},
  };
  for (int32_t batch = 0; batch < p->batches; batch++) {
    widen(input, p->input_size, acts);
    run(p, &f);
    input += p->input_size;
    f.output += p->output_size;
  }
}
