#include "td_pixel_pairs_s4.h"

#include <stddef.h>

#include "td_lanes_s4.h"

#define GROUP_BYTES (10 * 4 + 4 * TD_SUMS_HALF_BYTES)

void td_pixel_pairs_s4_prepare(td_pixel_pairs_s4 *b, int32_t groups) {
  b->acts_end = b->acts + 4 * TD_PIXELS * groups;
  b->skip = td_pixel_sums_skip(groups, GROUP_BYTES);
}

/* The outputs of a pair of channels of which `bias` follows; `output` is the first one's. */
__attribute__((used, noinline)) static void finish_pair_s4(const td_pixel_pairs_s4 *b,
                                                           const int32_t *bias, const int32_t *sums,
                                                           int8_t *output) {
  const int32_t first = (int32_t)(bias - (b->bias_end - (b->channels + (b->channels & 1)))) - 2;
  for (int32_t k = 0; k < 2 && first + k < b->channels; k++) {
    const td_finish_s4 f =
        td_finish_s4_of(b->multipliers[first + k], 3 - b->shifts[first + k], b->output_offset);
    for (int32_t i = 0; i < b->pixels; i++) {
      const int32_t value = td_finished_any_s4(&f, sums[2 * i + k]);
      output[i * b->channels + k] = (int8_t)td_clamp(value, b->activation_min, b->activation_max);
    }
  }
}

#if TD_DSP

_Static_assert(offsetof(td_pixel_pairs_s4, step) == 40 && offsetof(td_pixel_pairs_s4, low) == 44,
               "the assembler code's layout");

/* On the stack: a copy of the members up to `low`, where the output goes and the struct among them,
 * and sums. */
#define ACTS "[sp]"
#define ACTS_END "[sp, #8]"
#define BIAS "[sp, #12]"
#define MULTIPLIER "[sp, #20]"
#define SHIFT "[sp, #24]"
#define ROUND "[sp, #28]"
#define MODE "[sp, #32]"
#define FILTER "[sp, #36]"
#define STEP "[sp, #40]"
#define OUTPUT "[sp, #44]"
#define STRUCT "[sp, #48]"
#define LOW_0 "[sp, #52]"
#define LOW_2 "[sp, #60]"

#define LOW "and r12, r12, #0x000f000f\n\tand lr, lr, #0x000f000f\n\t"
#define GROUP                                                                                      \
  "ldrd r12, lr, [r1]\n\t"                                                                         \
  "sxtb16 r12, r12\n\t"                                                                            \
  "sxtb16 lr, lr\n\t" TD_SUMS_HALF LOW TD_SUMS_HALF "ldrd r12, lr, [r1], #8\n\t"                   \
  "sxtb16 r12, r12, ror #8\n\t"                                                                    \
  "sxtb16 lr, lr, ror #8\n\t" TD_SUMS_HALF LOW TD_SUMS_HALF

/* r12 becomes a channel's shift, r0 what is added: half of what the reference rounds first at, half
 * of what it rounds then at, and the zero point. */
#define CHANNEL                                                                                    \
  "ldr lr, " SHIFT "\n\t"                                                                          \
  "ldrsb r12, [lr], #1\n\t"                                                                        \
  "str lr, " SHIFT "\n\t"                                                                          \
  "ldr r0, " ROUND "\n\t"                                                                          \
  "sub lr, r12, #1\n\t"                                                                            \
  "lsl r0, lr\n\t"                                                                                 \
  "add r0, #4\n\t"
#define EXACT(x, m)                                                                                \
  "asr lr, " x ", #31\n\t"                                                                         \
  "add lr, r0, lr, lsl #3\n\t"                                                                     \
  "smmla " x ", " x ", " m ", lr\n\t"                                                              \
  "asr " x ", r12\n\t"                                                                             \
  "ssat " x ", #8, " x "\n\t"

__attribute__((naked, noinline)) void td_pixel_pairs_run_s4(__attribute__((unused))
                                                            const td_pixel_pairs_s4 *b,
                                                            __attribute__((unused))
                                                            int8_t *output) {
  __asm volatile("push {r4-r11, lr}\n\t"
                 "sub sp, #100\n\t"
                 "mov r12, r0\n\t"
                 "ldmia r12!, {r2-r11}\n\t"
                 "stmia sp, {r2-r11}\n\t"
                 "ldmia r12, {r2-r6}\n\t"
                 "str r2, " STEP "\n\t"
                 "str r1, " OUTPUT "\n\t"
                 "str r0, " STRUCT "\n\t"
                 "strd r3, r4, " LOW_0 "\n\t"
                 "strd r5, r6, " LOW_2 "\n\t"
                 "ldr r1, " FILTER "\n"
                 "0:\n\t"
                 "ldr r12, " BIAS "\n\t"
                 "ldrd r2, r3, [r12], #8\n\t"
                 "str r12, " BIAS "\n\t"
                 "ldrd r4, r6, " LOW_0 "\n\t"
                 "ldrd r8, r10, " LOW_2 "\n\t"
                 "add r5, r4, r3\n\t"
                 "add r4, r4, r2\n\t"
                 "add r7, r6, r3\n\t"
                 "add r6, r6, r2\n\t"
                 "add r9, r8, r3\n\t"
                 "add r8, r8, r2\n\t"
                 "add r11, r10, r3\n\t"
                 "add r10, r10, r2\n\t"
                 "ldrd r0, r3, " ACTS "\n\t"
                 ".p2align 2\n\t"
                 "add pc, r3\n\t"
                 "nop\n"
                 "1:\n\t" GROUP GROUP GROUP GROUP "ldr r2, " ACTS_END "\n\t"
                 "cmp r0, r2\n\t"
                 "bne.w 1b\n\t"
                 "ldr r0, " MODE "\n\t"
                 "cmp r0, #0\n\t"
                 "bne.w 4f\n\t"
                 "ldr r0, " MULTIPLIER "\n\t"
                 "ldrd r2, r3, [r0], #8\n\t"
                 "str r0, " MULTIPLIER "\n\t" CHANNEL EXACT("r4", "r2") EXACT("r6", "r2")
                     EXACT("r8", "r2") EXACT("r10", "r2") CHANNEL EXACT("r5", "r3")
                         EXACT("r7", "r3") EXACT("r9", "r3")
                             EXACT("r11", "r3") "ldrd r3, r2, " STEP "\n\t"
                                                "bfi r6, r7, #8, #8\n\t"
                                                "strh r6, [r2, r3]\n\t"
                                                "bfi r8, r9, #8, #8\n\t"
                                                "strh r8, [r2, r3, lsl #1]\n\t"
                                                "add r3, r3, r3, lsl #1\n\t"
                                                "bfi r10, r11, #8, #8\n\t"
                                                "strh r10, [r2, r3]\n\t"
                                                "bfi r4, r5, #8, #8\n\t"
                                                "strh r4, [r2], #2\n\t"
                                                "str r2, " OUTPUT "\n\t"
                                                "ldrd r2, r3, " BIAS "\n\t"
                                                "cmp r2, r3\n\t"
                                                "bne.w 0b\n\t"
                                                "b 9f\n"
                                                "4:\n\t"
                                                "strd r4, r5, [sp, #68]\n\t"
                                                "strd r6, r7, [sp, #76]\n\t"
                                                "strd r8, r9, [sp, #84]\n\t"
                                                "strd r10, r11, [sp, #92]\n\t"
                                                "str r1, " FILTER "\n\t"
                                                "ldr r0, " STRUCT "\n\t"
                                                "ldr r1, " BIAS "\n\t"
                                                "add r2, sp, #68\n\t"
                                                "ldr r3, " OUTPUT "\n\t"
                                                "bl finish_pair_s4\n\t"
                                                "ldr r0, " OUTPUT "\n\t"
                                                "add r0, #2\n\t"
                                                "str r0, " OUTPUT "\n\t"
                                                "ldr r1, " FILTER "\n\t"
                                                "ldrd r2, r3, " BIAS "\n\t"
                                                "cmp r2, r3\n\t"
                                                "bne.w 0b\n"
                                                "9:\n\t"
                                                "add sp, #100\n\t"
                                                "pop {r4-r11, pc}\n");
}

#else

void td_pixel_pairs_run_s4(const td_pixel_pairs_s4 *b, int8_t *output) {
  const int8_t *weights = b->filter;
  for (const int32_t *bias = b->bias; bias != b->bias_end; output += 2) {
    int32_t sums[2 * TD_PIXELS];
    for (int32_t i = 0; i < TD_PIXELS; i++) {
      sums[2 * i] = b->low[i] + bias[0];
      sums[2 * i + 1] = b->low[i] + bias[1];
    }
    for (const uint32_t *acts = b->acts; acts != b->acts_end; acts += 4 * TD_PIXELS) {
      const uint32_t first = td_load_word(weights);
      const uint32_t second = td_load_word(weights + 4);
      const uint32_t lanes[4] = {td_sxtab16(0, first), td_sxtab16(0, second),
                                 td_sxtab16_odd(0, first), td_sxtab16_odd(0, second)};
      td_pixel_sums_half(sums, acts, lanes[0], lanes[1]);
      td_pixel_sums_half(sums, acts + TD_PIXELS, lanes[0] & TD_LANES_LOW, lanes[1] & TD_LANES_LOW);
      td_pixel_sums_half(sums, acts + 2 * TD_PIXELS, lanes[2], lanes[3]);
      td_pixel_sums_half(sums, acts + 3 * TD_PIXELS, lanes[2] & TD_LANES_LOW,
                         lanes[3] & TD_LANES_LOW);
      weights += 8;
    }
    bias += 2;
    finish_pair_s4(b, bias, sums, output);
  }
}

#endif
