export { answerAbsentServices } from './answer.ts'
