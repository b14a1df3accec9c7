#include "td_packed_block_s8.h"

#include <stddef.h>

#include "td_packed_finish_s8.h"
#if TD_MVE
#include "td_packed_mve.h"
#elif !TD_DSP
#include "td_packed_scalar.h"
#endif

#if TD_DSP && !TD_MVE

/* Registers: r0 activations, r1 weights, r2 and r3 activations of two pixels, r12 and lr weights of
 * two channels; sums in r4 to r11, those of one pixel side by side. On the stack: a copy of the
 * first members of the block. */
#define BIAS "[sp]"
#define BIAS_END "[sp, #4]"
#define OUTPUT "[sp, #8]"
#define MULTIPLIER "[sp, #16]"
#define ACTS "[sp, #20]"
#define ACTS_END "[sp, #24]"
#define SKIP "[sp, #28]"
#define ROUND "[sp, #32]"
#define MODE "[sp, #36]"
#define FILTER "[sp, #40]"
#define BLOCK "[sp, #44]"
#define SHIFT "[sp, #80]"

#define ENTER                                                                                      \
  "push {r4-r11, lr}\n\t"                                                                          \
  "sub sp, #84\n\t"                                                                                \
  "ldmia r0, {r2-r11}\n\t"                                                                         \
  "stmia sp, {r2-r11}\n\t"                                                                         \
  "str r0, " BLOCK "\n\t"                                                                          \
  "ldr r12, [r0, #44]\n\t"                                                                         \
  "str r12, " SHIFT "\n\t"                                                                         \
  "str r1, " OUTPUT "\n\t"                                                                         \
  "ldr r1, [r0, #40]\n\t"                                                                          \
  "cmp r2, r3\n\t"                                                                                 \
  "beq.w 9f\n"                                                                                     \
  "0:\n\t"
#define LEAVE                                                                                      \
  "9:\n\t"                                                                                         \
  "add sp, #84\n\t"                                                                                \
  "pop {r4-r11, pc}\n"

/* The products of one group (four inputs). `from` names the registers to which the first half of
 * the sums is added: themselves, or in the first group the biases. */
#define WEIGHTS "ldrd r12, lr, [r1], #8\n\t"
#define EVEN                                                                                       \
  "sxtb16 r12, r12\n\t"                                                                            \
  "sxtb16 lr, lr\n\t"
#define ACTS_OF_2 "ldrd r2, r3, [r0], #8\n\t"
#define MAC(act, s0, s1, f0, f1)                                                                   \
  "smlad " s0 ", " act ", r12, " f0 "\n\t"                                                         \
  "smlad " s1 ", " act ", lr, " f1 "\n\t"
#define MAC_0 MAC("r2", "r4", "r5", "r4", "r5")
#define MAC_1 MAC("r3", "r6", "r7", "r6", "r7")
#define MAC_2 MAC("r2", "r8", "r9", "r8", "r9")
#define MAC_3 MAC("r3", "r10", "r11", "r10", "r11")
#define HALF ACTS_OF_2 MAC_0 MAC_1 ACTS_OF_2 MAC_2 MAC_3
#define GROUP WEIGHTS HALF EVEN HALF
#define FIRST_GROUP                                                                                \
  WEIGHTS ACTS_OF_2 MAC("r2", "r4", "r5", "r10", "r11") MAC("r3", "r6", "r7", "r10", "r11")        \
      ACTS_OF_2 MAC("r2", "r8", "r9", "r10", "r11") MAC_3 EVEN HALF
#define GROUP_BYTES (23 * 4)

/* The rest of the groups, four a pass. The first pass is entered `skip` bytes after its start. */
#define PASSES                                                                                     \
  ".p2align 2\n\t"                                                                                 \
  "ldr.w r3, " SKIP "\n\t"                                                                         \
  "add pc, r3\n\t"                                                                                 \
  "nop\n"                                                                                          \
  "1:\n\t" GROUP GROUP GROUP GROUP "ldr r2, " ACTS_END "\n\t"                                      \
  "cmp r0, r2\n\t"                                                                                 \
  "bne.w 1b\n\t"

#define BIASES                                                                                     \
  "ldmia r2!, {r10, r11}\n\t"                                                                      \
  "ldr r0, " ACTS "\n\t"                                                                           \
  "str r2, " BIAS "\n\t"

/* r2 and r3: the next two channels' multipliers. */
#define MULTIPLIERS                                                                                \
  "ldr r0, " MULTIPLIER "\n\t"                                                                     \
  "ldrd r2, r3, [r0], #8\n\t"                                                                      \
  "str r0, " MULTIPLIER "\n\t"

/* TD_PACKED_RELU: r12 is 128, lr `round`. */
#define RELU_CHANNEL(m)                                                                            \
  "clz r0, " m "\n\t"                                                                              \
  "lsr r0, r12, r0\n\t"                                                                            \
  "add r0, lr\n\t"
#define RELU(x, m)                                                                                 \
  "smmla " x ", " x ", " m ", r0\n\t"                                                              \
  "ssat " x ", #8, " x ", asr #12\n\t"

/* TD_PACKED_LINEAR: r12 becomes `fix`, r0 Ra. */
#define LINEAR_CHANNEL(m)                                                                          \
  "clz r0, " m "\n\t"                                                                              \
  "mov r12, #256\n\t"                                                                              \
  "lsr r12, r12, r0\n\t"                                                                           \
  "ldr r0, " ROUND "\n\t"                                                                          \
  "add r0, r0, r12, lsr #1\n\t"
#define LINEAR(x, m)                                                                               \
  "and lr, r12, " x ", asr #31\n\t"                                                                \
  "sub lr, r0, lr\n\t"                                                                             \
  "smmla " x ", " x ", " m ", lr\n\t"                                                              \
  "ssat " x ", #8, " x ", asr #12\n\t"

/* TD_PACKED_EXACT: r12 becomes the shift, r0 Ra. */
#define EXACT_CHANNEL                                                                              \
  "ldr lr, " SHIFT "\n\t"                                                                          \
  "ldrsb r12, [lr], #1\n\t"                                                                        \
  "str lr, " SHIFT "\n\t"                                                                          \
  "ldr r0, " ROUND "\n\t"                                                                          \
  "sub lr, r12, #1\n\t"                                                                            \
  "lsl r0, lr\n\t"                                                                                 \
  "add r0, #64\n\t"
#define EXACT(x, m)                                                                                \
  "asr lr, " x ", #31\n\t"                                                                         \
  "add lr, r0, lr, lsl #7\n\t"                                                                     \
  "smmla " x ", " x ", " m ", lr\n\t"                                                              \
  "asr " x ", r12\n\t"                                                                             \
  "ssat " x ", #8, " x "\n\t"

/* Requantization of four pixels' first channel, with one of the above, and of the second. */
#define FIRST(do)                                                                                  \
  do                                                                                               \
  ("r4", "r2") do("r6", "r2") do("r8", "r2") do("r10", "r2")
#define SECOND(do)                                                                                 \
  do                                                                                               \
  ("r5", "r3") do("r7", "r3") do("r9", "r3") do("r11", "r3")

/* TD_PACKED_CLAMP, after TD_PACKED_EXACT: one pixel's two outputs, both byte by byte; r2 and r3 are
 * the lowest and the highest output in each byte. */
#define CLAMPED(x, y)                                                                              \
  "bfi " x ", " y ", #8, #8\n\t"                                                                   \
  "ssub8 lr, " x ", r3\n\t"                                                                        \
  "sel " x ", r3, " x "\n\t"                                                                       \
  "ssub8 lr, " x ", r2\n\t"                                                                        \
  "sel " x ", " x ", r2\n\t"                                                                       \
  "lsr " y ", " x ", #8\n\t"

/* Two channels of the pixels to the output. */
#define STORE                                                                                      \
  "ldrd r2, r3, " OUTPUT "\n\t"                                                                    \
  "bfi r6, r7, #8, #8\n\t"                                                                         \
  "strh r6, [r2, r3]\n\t"                                                                          \
  "bfi r8, r9, #8, #8\n\t"                                                                         \
  "strh r8, [r2, r3, lsl #1]\n\t"                                                                  \
  "add r3, r3, r3, lsl #1\n\t"                                                                     \
  "bfi r10, r11, #8, #8\n\t"                                                                       \
  "strh r10, [r2, r3]\n\t"                                                                         \
  "bfi r4, r5, #8, #8\n\t"                                                                         \
  "strh r4, [r2], #2\n\t"                                                                          \
  "str r2, " OUTPUT "\n\t"

/* On to the next two channels while there are any. */
#define NEXT                                                                                       \
  "ldrd r2, r3, " BIAS "\n\t"                                                                      \
  "cmp r2, r3\n\t"                                                                                 \
  "bne.w 0b\n\t"

/* The sums go to memory and from there, in C, to the output. */
#define SUMS                                                                                       \
  "strd r4, r5, [sp, #48]\n\t"                                                                     \
  "strd r6, r7, [sp, #56]\n\t"                                                                     \
  "strd r8, r9, [sp, #64]\n\t"                                                                     \
  "strd r10, r11, [sp, #72]\n\t"
#define FINISH                                                                                     \
  "str r1, " FILTER "\n\t"                                                                         \
  "ldr r0, " BLOCK "\n\t"                                                                          \
  "ldr r1, " BIAS "\n\t"                                                                           \
  "add r2, sp, #48\n\t"                                                                            \
  "ldr r3, " OUTPUT "\n\t"                                                                         \
  "bl td_packed_finish_s8\n\t"                                                                     \
  "ldr r3, " OUTPUT "\n\t"                                                                         \
  "add r3, #2\n\t"                                                                                 \
  "str r3, " OUTPUT "\n\t"                                                                         \
  "ldr r1, " FILTER "\n\t"

/* The channels of four pixels, two at a time. */
static __attribute__((naked, noinline)) void pairs_of_4(__attribute__((unused))
                                                        const td_packed_block *b,
                                                        __attribute__((unused)) int8_t *output) {
  __asm volatile(
      ENTER BIASES FIRST_GROUP PASSES
      "ldr r0, " MODE "\n\t"
      "cmp r0, #0\n\t"
      "bne 3f\n\t" MULTIPLIERS "mov r12, #128\n\t"
      "ldr lr, " ROUND "\n\t" RELU_CHANNEL("r2") FIRST(RELU) RELU_CHANNEL("r3") SECOND(
          RELU) "2:\n\t" STORE NEXT "b.w 9f\n"
                "3:\n\t"
                "cmp r0, #2\n\t"
                "bge.w 4f\n\t" MULTIPLIERS LINEAR_CHANNEL("r2") FIRST(LINEAR) LINEAR_CHANNEL("r3")
                    SECOND(LINEAR) "b 2b\n"
                                   "4:\n\t"
                                   "cmp r0, #4\n\t"
                                   "beq.w 5f\n\t" MULTIPLIERS EXACT_CHANNEL FIRST(EXACT)
                                       EXACT_CHANNEL SECOND(
                                           EXACT) "ldr r0, " MODE "\n\t"
                                                  "cmp r0, #2\n\t"
                                                  "beq.w 2b\n\t"
                                                  "ldr r0, " BLOCK "\n\t"
                                                  "ldrd r2, r3, [r0, #48]\n\t" CLAMPED("r4", "r5")
                                                      CLAMPED("r6", "r7") CLAMPED("r8", "r9")
                                                          CLAMPED("r10", "r11") "b.w 2b\n"
                                                                                "5:\n\t" SUMS FINISH
                                                                                    NEXT LEAVE);
}

_Static_assert(offsetof(td_packed_block, filter) == 40 && offsetof(td_packed_block, shift) == 44 &&
                   offsetof(td_packed_block, lowest) == 48,
               "the assembler code's layout");

/* The channels of less than four pixels, two at a time. */
static void pairs(const td_packed_block *b, int8_t *output) {
  const int8_t *first = b->filter;
  for (const int32_t *bias = b->bias; bias != b->bias_of_pairs_end; output += 2) {
    const int8_t *const end = first + 8 * b->groups;
    int32_t sums[8];
    for (int32_t i = 0; i < b->pixels; i++) {
      const uint32_t *acts = b->acts + i;
      int32_t s0 = bias[0];
      int32_t s1 = bias[1];
#pragma GCC unroll 2
      for (const int8_t *w = first; w != end; w += 8) {
        const uint32_t w0 = td_load_word(w);
        const uint32_t w1 = td_load_word(w + 4);
        s0 = td_smlad(acts[b->pixels], td_sxtb16(w0), td_smlad(acts[0], w0, s0));
        s1 = td_smlad(acts[b->pixels], td_sxtb16(w1), td_smlad(acts[0], w1, s1));
        acts += 2 * b->pixels;
      }
      sums[2 * i] = s0;
      sums[2 * i + 1] = s1;
    }
    bias += 2;
    first = end;
    td_packed_finish_s8(b, bias, sums, output);
  }
}

#endif

static void run_pairs(const td_packed_block *b, int8_t *output) {
#if TD_MVE
  if (b->pixels == 4 && !b->totals) {
    td_packed_mve_pairs_of_4(b, output);
  } else {
    td_packed_mve_pairs(b, output);
  }
#elif TD_DSP
  if (b->pixels == 4) {
    pairs_of_4(b, output);
  } else {
    pairs(b, output);
  }
#else
  td_packed_scalar_pairs(b, output);
#endif
}

/* What follows from the pixels and groups. */
static void reach(td_packed_block *b) {
  b->acts_end = b->acts + TD_PACKED_WORDS * b->pixels * b->groups;
#if TD_DSP && !TD_MVE
  /* The first group has code of its own. */
  b->skip = (b->groups == 1 ? 4 : (1 - b->groups) & 3) * GROUP_BYTES;
#endif
}

/* The channels, two at a time, each sum in parts. */
static void pairs_in_parts(const td_packed_block *b, int8_t *output) {
  static const int32_t no_bias[2] = {0, 0};
  int32_t totals[8];
  td_packed_block part = *b;
  part.bias = no_bias;
  part.bias_of_pairs_end = no_bias + 2;
  part.mode = TD_PACKED_ANY;
  part.totals = totals;
  for (const int32_t *bias = b->bias; bias != b->bias_of_pairs_end;) {
    for (int32_t i = 0; i < b->pixels; i++) {
      totals[2 * i] = bias[0];
      totals[2 * i + 1] = bias[1];
    }
    part.acts = b->acts;
    for (int32_t left = b->groups; left > 0; left -= part.groups) {
      part.groups = left < b->parts.groups ? left : b->parts.groups;
      reach(&part);
      run_pairs(&part, output);
      part.acts = part.acts_end;
      part.filter += 8 * part.groups;
    }
    bias += 2;
    td_packed_finish_s8(b, bias, totals, output);
    output += 2;
  }
}

/* The channels, two at a time, in one of the ways above. */
static void run(const td_packed_block *b, int8_t *output) {
  if (b->parts.groups) {
    pairs_in_parts(b, output);
  } else {
    run_pairs(b, output);
  }
}

void td_packed_block_prepare(td_packed_block *b, int32_t pixels) {
#if TD_MVE
  if (b->pixels == 0) {
    td_packed_mve_fold(b);
  }
#endif
  b->pixels = pixels;
  b->round = b->requant.round;
  b->bias_of_pairs_end = b->bias + (b->channels & ~1);
  b->lowest = ((uint32_t)b->requant.activation_min & 0xffu) * 0x01010101u;
  b->highest = ((uint32_t)b->requant.activation_max & 0xffu) * 0x01010101u;
  reach(b);
}

/* On by `channels` channels and their weights. */
static void advance(td_packed_block *b, int32_t channels) {
  b->bias += channels;
  b->multiplier += channels;
  b->shift += b->shift ? channels : 0;
  b->filter += 4 * channels * b->groups;
}

void td_packed_block_s8(td_packed_block *b, int8_t *output) {
  run(b, output);
  if (b->channels & 1) {
    const int32_t before = b->channels - 1;
    advance(b, before);
    b->bias_of_pairs_end += 2;
    run(b, output + before - 1);
    b->bias_of_pairs_end -= 2;
    advance(b, -before);
  }
}
