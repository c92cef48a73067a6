import { PageHead } from "../../components/PageHead";

export const TasksPage = () => <PageHead title="Tasks" />;
