#include "td_fully_connected_scalar_s8.h"

#include "td_fixedpoint.h"

#define QUAD 4

/* The products of `size` inputs and four rows of weights, added up. */
#if defined(__ARM_ARCH_6M__)

/* The sums are in the high registers, in which a Cortex-M0 can only add. */
TD_NOINLINE static void sum_quad(const int8_t *input, const int8_t *filter, int32_t size,
                                 int32_t *sums) {
  register const int8_t *in __asm("r0") = input + size;
  register const int8_t *a __asm("r1") = filter + size;
  register const int8_t *b __asm("r2") = filter + 2 * size;
  register const int8_t *c __asm("r3") = filter + 3 * size;
  register const int8_t *d __asm("r4") = filter + 4 * size;
  register int32_t at __asm("r5") = -size;
  register int32_t s0 __asm("r8") = 0;
  register int32_t s1 __asm("r9") = 0;
  register int32_t s2 __asm("r10") = 0;
  register int32_t s3 __asm("r11") = 0;
  __asm volatile(".syntax unified\n"
                 "1:\n\t"
                 "ldrsb r6, [r0, r5]\n\t"
                 "ldrsb r7, [r1, r5]\n\t"
                 "muls r7, r6\n\t"
                 "add r8, r7\n\t"
                 "ldrsb r7, [r2, r5]\n\t"
                 "muls r7, r6\n\t"
                 "add r9, r7\n\t"
                 "ldrsb r7, [r3, r5]\n\t"
                 "muls r7, r6\n\t"
                 "add r10, r7\n\t"
                 "ldrsb r7, [r4, r5]\n\t"
                 "muls r7, r6\n\t"
                 "add r11, r7\n\t"
                 "adds r5, #1\n\t"
                 "bne 1b"
                 : "+l"(at), "+h"(s0), "+h"(s1), "+h"(s2), "+h"(s3)
                 : "l"(in), "l"(a), "l"(b), "l"(c), "l"(d)
                 : "r6", "r7", "cc", "memory");
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

#else

TD_NOINLINE static void sum_quad(const int8_t *input, const int8_t *filter, int32_t size,
                                 int32_t *sums) {
  const int8_t *const end = input + size;
  const int8_t *a = filter;
  const int8_t *b = a + size;
  const int8_t *c = b + size;
  const int8_t *d = c + size;
  int32_t s0 = 0;
  int32_t s1 = 0;
  int32_t s2 = 0;
  int32_t s3 = 0;
#pragma GCC unroll 4
  while (input != end) {
    const int32_t value = *input++;
    s0 += *a++ * value;
    s1 += *b++ * value;
    s2 += *c++ * value;
    s3 += *d++ * value;
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

#endif

/* The same for one row. */
static int32_t sum_one(const int8_t *input, const int8_t *filter, int32_t size) {
  int32_t sum = 0;
  for (int32_t i = 0; i < size; i++) {
    sum += filter[i] * input[i];
  }
  return sum;
}

static int8_t output_of(const td_fully_connected_s8_params *p, int32_t o, int32_t sum) {
  const int32_t channel = p->per_channel ? o : 0;
  const int32_t value = td_requantize(sum, p->multiplier[channel], p->shift[channel]);
  return (int8_t)td_clamp(td_wrap_add(value, p->output_offset), p->activation_min,
                          p->activation_max);
}

void td_fully_connected_scalar_s8(const td_fully_connected_s8_params *p, const int8_t *input,
                                  const int8_t *filter, const int32_t *bias, int8_t *output) {
  const int32_t size = p->input_size;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    int32_t o = 0;
    for (; o + QUAD <= p->output_size; o += QUAD) {
      int32_t sums[QUAD];
      sum_quad(input, filter + o * size, size, sums);
      for (int32_t i = 0; i < QUAD; i++) {
        *output++ = output_of(p, o + i, td_wrap_add(sums[i], bias[o + i]));
      }
    }
    for (; o < p->output_size; o++) {
      const int32_t sum = sum_one(input, filter + o * size, size);
      *output++ = output_of(p, o, td_wrap_add(sum, bias[o]));
    }
    input += size;
  }
}
