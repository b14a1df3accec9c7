/* STMicroelectronics' STM32F4: USART1, and TIM2, one of the two of 32 bits (RM0090, chapters 18 and
 * 30). */
#include "td_chip.h"

#define RCC_APB1ENR TD_REGISTER(0x40023840u)
#define RCC_APB2ENR TD_REGISTER(0x40023844u)
#define TIM2_CLOCK 1u
#define USART1_CLOCK (1u << 4)

#define USART1 0x40011000u
#define USART_SR TD_REGISTER(USART1 + 0x00u)
#define USART_DR TD_REGISTER(USART1 + 0x04u)
#define USART_BRR TD_REGISTER(USART1 + 0x08u)
#define USART_CR1 TD_REGISTER(USART1 + 0x0cu)
#define SR_RX_FULL (1u << 5)
#define SR_TX_EMPTY (1u << 7)
#define CR1_UE_RXNEIE_TE_RE 0x202cu

#define TIM2 0x40000000u
#define TIM_CR1 TD_REGISTER(TIM2 + 0x00u)
#define TIM_EGR TD_REGISTER(TIM2 + 0x14u)
#define TIM_CNT TD_REGISTER(TIM2 + 0x24u)
#define TIM_PSC TD_REGISTER(TIM2 + 0x28u)
#define TIM_ARR TD_REGISTER(TIM2 + 0x2cu)

void td_uart_init(void) {
  RCC_APB2ENR |= USART1_CLOCK;
  USART_BRR = TD_UART_HZ / TD_BAUD;
  USART_CR1 = CR1_UE_RXNEIE_TE_RE;
}

int td_uart_readable(void) {
  return (USART_SR & SR_RX_FULL) != 0u;
}

uint8_t td_uart_get(void) {
  return (uint8_t)USART_DR;
}

void td_uart_put(uint8_t byte) {
  while ((USART_SR & SR_TX_EMPTY) == 0u) {
  }
  USART_DR = byte;
}

void td_timer_init(void) {
  RCC_APB1ENR |= TIM2_CLOCK;
  TIM_PSC = 0;
  TIM_ARR = UINT32_MAX;
  TIM_EGR = 1; /* takes over the prescaler */
  TIM_CR1 = 1;
}

uint32_t td_timer_ticks(void) {
  return TIM_CNT;
}

uint32_t td_timer_hz(void) {
  return TD_TIMER_HZ;
}
