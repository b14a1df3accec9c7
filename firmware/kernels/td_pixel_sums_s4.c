#include "td_pixel_sums_s4.h"

#include <stddef.h>

#include "td_lanes_s4.h"

#define GROUP_BYTES (10 * 4 + 4 * TD_SUMS_HALF_BYTES)

void td_pixel_sums_s4_prepare(td_pixel_sums *s, const uint32_t *acts, int32_t groups) {
  s->acts_end = acts + 4 * TD_PIXELS * groups;
  s->skip = td_pixel_sums_skip(groups, GROUP_BYTES);
}

#if TD_DSP

_Static_assert(offsetof(td_pixel_sums, acts_end) == 32 && offsetof(td_pixel_sums, skip) == 36,
               "the assembler code's layout");

#define LOW "and r12, r12, #0x000f000f\n\tand lr, lr, #0x000f000f\n\t"
#define GROUP                                                                                      \
  "ldrd r12, lr, [r1]\n\t"                                                                         \
  "sxtb16 r12, r12\n\t"                                                                            \
  "sxtb16 lr, lr\n\t" TD_SUMS_HALF LOW TD_SUMS_HALF "ldrd r12, lr, [r1], #8\n\t"                   \
  "sxtb16 r12, r12, ror #8\n\t"                                                                    \
  "sxtb16 lr, lr, ror #8\n\t" TD_SUMS_HALF LOW TD_SUMS_HALF

/* On the stack: the struct, and where the activations end. */
__attribute__((naked, noinline)) void td_pixel_sums_s4(__attribute__((unused)) const uint32_t *acts,
                                                       __attribute__((unused))
                                                       const int8_t *weights,
                                                       __attribute__((unused)) td_pixel_sums *s) {
  __asm volatile("push {r4-r11, lr}\n\t"
                 "ldrd r12, r3, [r2, #32]\n\t"
                 "push {r2, r12}\n\t"
                 "ldmia r2, {r4-r11}\n\t"
                 ".p2align 2\n\t"
                 "add pc, r3\n\t"
                 "nop\n"
                 "1:\n\t" GROUP GROUP GROUP GROUP "ldr r2, [sp, #4]\n\t"
                 "cmp r0, r2\n\t"
                 "bne.w 1b\n\t"
                 "pop {r2, r3}\n\t"
                 "stmia r2, {r4-r11}\n\t"
                 "pop {r4-r11, pc}\n");
}

#else

void td_pixel_sums_s4(const uint32_t *acts, const int8_t *weights, td_pixel_sums *s) {
  for (; acts != s->acts_end; acts += 4 * TD_PIXELS) {
    const uint32_t words[2] = {td_load_word(weights), td_load_word(weights + 4)};
    const uint32_t even[2] = {td_sxtab16(0, words[0]), td_sxtab16(0, words[1])};
    const uint32_t odd[2] = {td_sxtab16_odd(0, words[0]), td_sxtab16_odd(0, words[1])};
    td_pixel_sums_half(s->sums, acts, even[0], even[1]);
    td_pixel_sums_half(s->sums, acts + TD_PIXELS, even[0] & TD_LANES_LOW, even[1] & TD_LANES_LOW);
    td_pixel_sums_half(s->sums, acts + 2 * TD_PIXELS, odd[0], odd[1]);
    td_pixel_sums_half(s->sums, acts + 3 * TD_PIXELS, odd[0] & TD_LANES_LOW, odd[1] & TD_LANES_LOW);
    weights += 8;
  }
}

#endif
