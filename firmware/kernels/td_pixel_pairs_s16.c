#include "td_pixel_pairs_s16.h"

#include <stddef.h>

#include "td_finish_s16.h"
#include "td_fixedpoint.h"

#define GROUP_BYTES (6 * 4 + 2 * TD_SUMS_HALF_BYTES)

void td_pixel_pairs_s16_prepare(td_pixel_pairs *b, int32_t groups) {
  b->acts_end = b->acts + 2 * TD_PIXELS * groups;
  b->skip = td_pixel_sums_skip(groups, GROUP_BYTES);
}

/* The outputs of a pair of channels of which `bias` follows; `output` is the first one's. */
__attribute__((used, noinline)) static void
finish_pair(const td_pixel_pairs *b, const int32_t *bias, const int32_t *sums, int16_t *output) {
  const int32_t first = (int32_t)(bias - (b->bias_end - (b->channels + (b->channels & 1)))) - 2;
  for (int32_t k = 0; k < 2 && first + k < b->channels; k++) {
    const int32_t multiplier = b->multipliers[first + k];
    const int32_t shift = b->shift ? b->shift[first + k] : 0;
    for (int32_t i = 0; i < b->pixels; i++) {
      const int32_t scaled = td_scaled_s16(sums[2 * i + k], multiplier, shift);
      output[i * b->channels + k] = (int16_t)td_clamp(scaled, b->activation_min, b->activation_max);
    }
  }
}

#if TD_DSP

_Static_assert(offsetof(td_pixel_pairs, step) == 32, "the assembler code's layout");
_Static_assert(offsetof(td_pixel_pairs, activation_max) == 54, "the assembler code's layout");

/* On the stack: a copy of the first nine members, where the output goes, the struct, and sums. */
#define ACTS "[sp]"
#define ACTS_END "[sp, #8]"
#define BIAS "[sp, #12]"
#define MULTIPLIER "[sp, #20]"
#define MODE "[sp, #24]"
#define FILTER "[sp, #28]"
#define STEP "[sp, #32]"
#define OUTPUT "[sp, #36]"
#define STRUCT "[sp, #40]"
#define ACTIVATION_MAX "54" /* where it lies in the struct */

#define GROUP                                                                                      \
  "ldrd r12, lr, [r1]\n\t"                                                                         \
  "sxtb16 r12, r12\n\t"                                                                            \
  "sxtb16 lr, lr\n\t" TD_SUMS_HALF "ldrd r12, lr, [r1], #8\n\t"                                    \
  "sxtb16 r12, r12, ror #8\n\t"                                                                    \
  "sxtb16 lr, lr, ror #8\n\t" TD_SUMS_HALF

/* Two channels of a pixel, saturated by `how`, in one word. */
#define SCALED(first, second)                                                                      \
  "smmulr " first ", " first ", r2\n\t"                                                            \
  "smmulr " second ", " second ", r3\n\t"
#define PACKED(how, first, second)                                                                 \
  how(first) how(second) "pkhbt " first ", " first ", " second ", lsl #16\n\t"
#define SIGNED(x) "ssat " x ", #16, " x "\n\t"
#define UNSIGNED(x) "usat " x ", #15, " x "\n\t"
/* TD_PAIRS_RELU_N, with the mode in r0: both outputs of a word, neither negative, or r2's where
 * they are larger. */
#define AT_MOST(x) "ssub16 r3, " x ", r2\n\tsel " x ", r2, " x "\n\t"
#define CLAMPED                                                                                    \
  "cmp r0, #3\n\t"                                                                                 \
  "bne 3f\n\t"                                                                                     \
  "ldr r2, " STRUCT "\n\t"                                                                         \
  "ldrh r2, [r2, #" ACTIVATION_MAX "]\n\t"                                                         \
  "orr r2, r2, r2, lsl #16\n\t" AT_MOST("r4") AT_MOST("r6") AT_MOST("r8") AT_MOST("r10")
#define ALL_PACKED(how)                                                                            \
  PACKED(how, "r4", "r5") PACKED(how, "r6", "r7") PACKED(how, "r8", "r9") PACKED(how, "r10", "r11")

__attribute__((naked, noinline)) void td_pixel_pairs_s16(__attribute__((unused))
                                                         const td_pixel_pairs *b,
                                                         __attribute__((unused)) int16_t *output) {
  __asm volatile(
      "push {r4-r11, lr}\n\t"
      "sub sp, #76\n\t"
      "ldmia r0, {r2-r10}\n\t"
      "stmia sp, {r2-r10}\n\t"
      "str r1, " OUTPUT "\n\t"
      "str r0, " STRUCT "\n\t"
      "ldr r1, " FILTER "\n"
      "0:\n\t"
      "ldr r0, " BIAS "\n\t"
      "ldrd r4, r5, [r0], #8\n\t"
      "str r0, " BIAS "\n\t"
      "mov r6, r4\n\t"
      "mov r7, r5\n\t"
      "mov r8, r4\n\t"
      "mov r9, r5\n\t"
      "mov r10, r4\n\t"
      "mov r11, r5\n\t"
      "ldrd r0, r3, " ACTS "\n\t"
      ".p2align 2\n\t"
      "add pc, r3\n\t"
      "nop\n"
      "1:\n\t" GROUP GROUP GROUP GROUP "ldr r2, " ACTS_END "\n\t"
      "cmp r0, r2\n\t"
      "bne.w 1b\n\t"
      "ldr r0, " MODE "\n\t"
      "cmp r0, #2\n\t"
      "beq.w 4f\n\t"
      "ldr r12, " MULTIPLIER "\n\t"
      "ldrd r2, r3, [r12], #8\n\t"
      "str r12, " MULTIPLIER "\n\t" SCALED("r4", "r5") SCALED("r6", "r7") SCALED("r8", "r9")
          SCALED("r10", "r11") "cmp r0, #0\n\t"
                               "bne 2f\n\t" ALL_PACKED(SIGNED) "b 3f\n"
                                                               "2:\n\t" ALL_PACKED(UNSIGNED) CLAMPED
      "3:\n\t"
      "ldrd r12, r0, " STEP "\n\t"
      "str r4, [r0]\n\t"
      "str r6, [r0, r12]\n\t"
      "add r2, r0, r12, lsl #1\n\t"
      "str r8, [r2]\n\t"
      "str r10, [r2, r12]\n\t"
      "add r0, #4\n\t"
      "str r0, " OUTPUT "\n\t"
      "ldrd r2, r3, " BIAS "\n\t"
      "cmp r2, r3\n\t"
      "bne.w 0b\n\t"
      "b 9f\n"
      "4:\n\t"
      "strd r4, r5, [sp, #44]\n\t"
      "strd r6, r7, [sp, #52]\n\t"
      "strd r8, r9, [sp, #60]\n\t"
      "strd r10, r11, [sp, #68]\n\t"
      "str r1, " FILTER "\n\t"
      "ldr r0, " STRUCT "\n\t"
      "ldr r1, " BIAS "\n\t"
      "add r2, sp, #44\n\t"
      "ldr r3, " OUTPUT "\n\t"
      "bl finish_pair\n\t"
      "ldr r0, " OUTPUT "\n\t"
      "add r0, #4\n\t"
      "str r0, " OUTPUT "\n\t"
      "ldr r1, " FILTER "\n\t"
      "ldrd r2, r3, " BIAS "\n\t"
      "cmp r2, r3\n\t"
      "bne.w 0b\n"
      "9:\n\t"
      "add sp, #76\n\t"
      "pop {r4-r11, pc}\n");
}

#else

void td_pixel_pairs_s16(const td_pixel_pairs *b, int16_t *output) {
  const int8_t *weights = b->filter;
  for (const int32_t *bias = b->bias; bias != b->bias_end; output += 2) {
    int32_t sums[2 * TD_PIXELS];
    for (int32_t i = 0; i < TD_PIXELS; i++) {
      sums[2 * i] = bias[0];
      sums[2 * i + 1] = bias[1];
    }
    for (const uint32_t *acts = b->acts; acts != b->acts_end; acts += 2 * TD_PIXELS) {
      const uint32_t first = td_load_word(weights);
      const uint32_t second = td_load_word(weights + 4);
      td_pixel_sums_half(sums, acts, td_sxtab16(0, first), td_sxtab16(0, second));
      td_pixel_sums_half(sums, acts + TD_PIXELS, td_sxtab16_odd(0, first),
                         td_sxtab16_odd(0, second));
      weights += 8;
    }
    bias += 2;
    finish_pair(b, bias, sums, output);
  }
}

#endif
