/* What the kernels with M-profile vector instructions share: whether there are any, and copies. */
#ifndef TD_MVE_H
#define TD_MVE_H

#include <stdint.h>
#include <string.h>

#if defined(__ARM_FEATURE_MVE) && defined(__GNUC__)
#define TD_MVE 1
#include <arm_mve.h>
#else
#define TD_MVE 0
#endif

/* Bytes of a vector: weights are padded to them. */
#define TD_MVE_BYTES 16

/* Copies `count` bytes, 0 or more. */
static inline void td_mve_copy(int8_t *to, const int8_t *from, int32_t count) {
#if TD_MVE
  __asm volatile("wlstp.8 lr, %[count], 2f\n"
                 "1:\n\t"
                 "vldrb.8 q0, [%[from]], #16\n\t"
                 "vstrb.8 q0, [%[to]], #16\n\t"
                 "letp lr, 1b\n"
                 "2:"
                 : [to] "+r"(to), [from] "+r"(from)
                 : [count] "r"(count)
                 : "lr", "q0", "memory");
#else
  memcpy(to, from, (size_t)count);
#endif
}

/* Fills `count` bytes, 0 or more. */
static inline void td_mve_fill(int8_t *to, int32_t value, int32_t count) {
#if TD_MVE
  __asm volatile("vdup.8 q0, %[value]\n\t"
                 "wlstp.8 lr, %[count], 2f\n"
                 "1:\n\t"
                 "vstrb.8 q0, [%[to]], #16\n\t"
                 "letp lr, 1b\n"
                 "2:"
                 : [to] "+r"(to)
                 : [count] "r"(count), [value] "r"(value)
                 : "lr", "q0", "memory");
#else
  memset(to, value, (size_t)count);
#endif
}

/* Clamps `count` bytes to [lowest, highest]. */
static inline void td_mve_clamp(int8_t *values, int32_t count, int32_t lowest, int32_t highest) {
#if TD_MVE
  const int8x16_t low = vdupq_n_s8((int8_t)lowest);
  const int8x16_t high = vdupq_n_s8((int8_t)highest);
  for (; count > 0; count -= TD_MVE_BYTES) {
    const mve_pred16_t left = vctp8q((uint32_t)count);
    const int8x16_t value = vminq_s8(vmaxq_s8(vldrbq_z_s8(values, left), low), high);
    vstrbq_p_s8(values, value, left);
    values += TD_MVE_BYTES;
  }
#else
  for (; count > 0; count--) {
    *values = (int8_t)(*values < lowest ? lowest : *values > highest ? highest : *values);
    values++;
  }
#endif
}

#endif
